#pragma once

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "crypto/random.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::crypto {

/// 256 random bits that let their bearer in, written as 43 base64url characters; at rest only the SHA-256 of those
/// characters is kept: a copy of the database lets nobody in. The tag keeps tokens of different purposes apart.
template <class Tag>
class Token {
 public:
  [[nodiscard]] static Token generate(Random& random) {
    std::array<std::byte, 32> bytes{};
    random.fill(bytes);
    Token token;
    std::ranges::copy(base64url_encode(bytes), token.text_.begin());
    return token;
  }

  /// Nothing unless `text` has a token's form. Hashed as it stands, not decoded: a second spelling of the same bits is
  /// another token, and a session check saves the decoding.
  [[nodiscard]] static std::optional<Token> parse(std::string_view text) {
    if (text.size() != kCharacters || !std::ranges::all_of(text, is_base64url)) return std::nullopt;
    Token token;
    std::ranges::copy(text, token.text_.begin());
    return token;
  }

  [[nodiscard]] std::string text() const { return {text_.begin(), text_.end()}; }
  [[nodiscard]] Sha256 hash() const { return sha256(std::as_bytes(std::span(text_))); }

 private:
  static constexpr std::size_t kCharacters = 43;

  static constexpr bool is_base64url(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }

  Token() = default;
  std::array<char, kCharacters> text_{};
};

}  // namespace secureauth::crypto
