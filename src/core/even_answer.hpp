#pragma once

#include "core/net.hpp"

#include <chrono>

namespace secureauth {

/// What work that differs by a fraction of a millisecond is hidden behind, where its time would tell whether an address
/// has an account (ASVS 6.3.8). Longer than the work takes while the stores answer as usual.
constexpr std::chrono::milliseconds kEvenAnswer{20};

/// Waits until `kEvenAnswer` has gone by since `began`. Work that took longer is not lengthened.
net::awaitable<void> even_out(std::chrono::steady_clock::time_point began);

}  // namespace secureauth
