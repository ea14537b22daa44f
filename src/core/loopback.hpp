#pragma once

#include <string_view>

namespace secureauth {

/// Whether a host of the settings is this machine by its very name: `localhost` or a loopback address. Nothing is
/// looked up.
[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace secureauth
