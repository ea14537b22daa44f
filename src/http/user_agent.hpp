#pragma once

#include <string>
#include <string_view>

namespace secureauth::http {

/// A User-Agent fit to be stored and shown: at most 256 bytes of printable ASCII, anything else as `?`.
[[nodiscard]] std::string readable_user_agent(std::string_view sent);

}  // namespace secureauth::http
