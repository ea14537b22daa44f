#pragma once

#include "crypto/secret_bytes.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace secureauth::crypto {

using Sha256 = std::array<std::byte, 32>;

/// SHA-256 (FIPS 180-4).
[[nodiscard]] Sha256 sha256(std::span<const std::byte> data);

/// HMAC-SHA-256 (RFC 2104) over the parts, each preceded by its length, so that no two lists of parts collide.
[[nodiscard]] Sha256 hmac_sha256(const SecretBytes& key, std::initializer_list<std::string_view> parts);

/// A 32-byte key for one purpose from a master key: HKDF-SHA-256 (RFC 5869) with `label` as info, no salt.
[[nodiscard]] SecretBytes derive_key(const SecretBytes& master, std::string_view label);

/// Equality in time that depends on the lengths alone.
[[nodiscard]] bool equal(std::span<const std::byte> a, std::span<const std::byte> b);
[[nodiscard]] bool equal(std::string_view a, std::string_view b);

[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace secureauth::crypto
