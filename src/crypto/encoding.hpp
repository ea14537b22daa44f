#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::crypto {

/// base64url without padding (RFC 4648 §5).
[[nodiscard]] std::string base64url_encode(std::span<const std::byte> bytes);

/// Nothing unless `text` is what base64url_encode gives for some bytes: no padding, no other alphabet, no stray bits.
[[nodiscard]] std::optional<std::vector<std::byte>> base64url_decode(std::string_view text);

/// base64 with padding (RFC 4648 §4).
[[nodiscard]] std::string base64_encode(std::span<const std::byte> bytes);

/// Its inverse, as strictly.
[[nodiscard]] std::optional<std::vector<std::byte>> base64_decode(std::string_view text);

/// Lower-case hexadecimal.
[[nodiscard]] std::string hex_encode(std::span<const std::byte> bytes);

/// Nothing unless `text` is an even number of hexadecimal digits, either case.
[[nodiscard]] std::optional<std::vector<std::byte>> hex_decode(std::string_view text);

}  // namespace secureauth::crypto
