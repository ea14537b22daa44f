#pragma once

#include <string>

namespace secureauth::http {

/// 32 hex digits, unique across instances: 64 random bits a thread and a counter. A name, not a secret.
[[nodiscard]] std::string new_request_id();

}  // namespace secureauth::http
