#pragma once

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "crypto/random.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::crypto {

/// 256 random bits that let their bearer in. Outside it is 43 base64url characters, at rest only its SHA-256: a copy
/// of the database lets nobody in. The tag keeps tokens of different purposes apart.
template <class Tag>
class Token {
 public:
  [[nodiscard]] static Token generate(Random& random) {
    Token token;
    random.fill(token.bytes_);
    return token;
  }

  /// Nothing unless `text` is exactly what `text()` gives for some token.
  [[nodiscard]] static std::optional<Token> parse(std::string_view text) {
    const auto decoded = base64url_decode(text);
    if (!decoded || decoded->size() != kBytes) return std::nullopt;
    Token token;
    std::copy(decoded->begin(), decoded->end(), token.bytes_.begin());
    return token;
  }

  [[nodiscard]] std::string text() const { return base64url_encode(bytes_); }
  [[nodiscard]] Sha256 hash() const { return sha256(bytes_); }

 private:
  static constexpr std::size_t kBytes = 32;
  Token() = default;
  std::array<std::byte, kBytes> bytes_{};
};

}  // namespace secureauth::crypto
