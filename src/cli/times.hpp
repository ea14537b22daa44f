#pragma once

#include "core/clock.hpp"

#include <string>
#include <string_view>

namespace secureauth::cli {

/// A time as commands take it: a day such as 2026-01-31, or with a time as RFC 3339 has it, in UTC. Throws
/// std::runtime_error, which names the option.
[[nodiscard]] Timestamp read_time(std::string_view option, const std::string& text);

}  // namespace secureauth::cli
