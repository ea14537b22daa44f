#pragma once

#include "admin/command_line.hpp"
#include "audit/operator.hpp"

namespace secureauth::admin {

using audit::Operator;

/// Whoever does something on the machine itself: nobody who has an account here.
[[nodiscard]] inline Operator command_line_operator() {
  return {.actor = {}, .session = {}, .client = command_line()};
}

}  // namespace secureauth::admin
