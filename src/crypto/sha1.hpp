#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace secureauth::crypto {

using Sha1 = std::array<std::byte, 20>;

/// SHA-1 (FIPS 180-4). Broken: it protects nothing here. Public breach corpora are keyed by it.
[[nodiscard]] Sha1 sha1(std::span<const std::byte> data);

}  // namespace secureauth::crypto
