#pragma once

#include "core/client_info.hpp"

namespace secureauth::admin {

/// The client of what an operator does on the machine itself.
inline ClientInfo command_line() {
  return {.ip = "", .user_agent = "command line", .request_id = ""};
}

}  // namespace secureauth::admin
