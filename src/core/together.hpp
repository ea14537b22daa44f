#pragma once

#include "core/net.hpp"

#include <vector>

namespace secureauth {

/// Starts all tasks on the caller's executor and resumes when the last has ended. None may throw. They own what they
/// use: should the caller be destroyed meanwhile, they run on.
net::awaitable<void> together(std::vector<net::awaitable<void>> tasks);

}  // namespace secureauth
