#pragma once

#include "audit/operator.hpp"

namespace secureauth::admin {

using audit::Operator;

/// Whoever does something on the machine itself: nobody who has an account here.
[[nodiscard]] inline Operator command_line() {
  return {.actor = {}, .session = {}, .client = {.ip = "", .user_agent = "command line", .request_id = ""}};
}

}  // namespace secureauth::admin
