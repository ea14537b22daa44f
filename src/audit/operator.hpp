#pragma once

#include "core/client_info.hpp"
#include "core/id.hpp"

#include <optional>

namespace secureauth::audit {

/// Who acts on accounts that are not theirs: staff over HTTP, with the session in which they do it; or whoever may use
/// the command line, who has no account here.
struct Operator {
  std::optional<UserId> actor = {};
  std::optional<SessionId> session = {};
  ClientInfo client = {};
};

}  // namespace secureauth::audit
