#pragma once

#include <cstdint>
#include <string_view>

namespace secureauth::passwords {

/// Reads a stored hash from its front to its end. Once something is not as it should be, all that follows reads as
/// nothing and done() is false: a form is read straight through and judged at its end.
class HashReader {
 public:
  explicit HashReader(std::string_view text) : rest_(text) {}

  /// Takes exactly this text, which has to be there.
  void literal(std::string_view text);
  /// Takes the text if it is there, and tells.
  [[nodiscard]] bool maybe(std::string_view text);
  /// Takes a decimal number from 1 to 2^32 - 1, without sign or leading zero: one hash, one spelling.
  [[nodiscard]] std::uint32_t number();
  /// Takes exactly this many characters.
  [[nodiscard]] std::string_view take(std::size_t size);
  /// Takes what stands before the next `$`, and the `$`.
  [[nodiscard]] std::string_view field();
  /// Takes all that is left.
  [[nodiscard]] std::string_view rest() { return take(rest_.size()); }

  /// Marks the hash as malformed unless `holds`.
  void require(bool holds) { failed_ = failed_ || !holds; }
  [[nodiscard]] bool done() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

/// Whether every character is one of `./0-9A-Za-z`, the digits of bcrypt's and crypt(3)'s base64.
[[nodiscard]] bool is_crypt_base64(std::string_view text);

/// The value of one such digit in crypt(3)'s order, `.` being 0; -1 for any other character.
[[nodiscard]] int crypt_base64_value(char digit);

}  // namespace secureauth::passwords
