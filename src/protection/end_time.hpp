#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <span>

namespace secureauth::protection {

/// The second at which something signed ends, as it stands in it: eight bytes, big-endian, since the epoch.
constexpr std::size_t kEndBytes = 8;

void write_end(std::span<std::byte, kEndBytes> bytes, Timestamp end);
[[nodiscard]] bool has_ended(std::span<const std::byte, kEndBytes> bytes, Timestamp now);

}  // namespace secureauth::protection
