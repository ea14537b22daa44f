#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::passwords {

/// The cost of one Argon2 hash. Defaults are OWASP's second choice; RFC 9106 §4 names (65536, 3, 4) as better.
struct Argon2Cost {
  unsigned memory_kib = 19456;
  unsigned time = 2;
  unsigned parallelism = 1;
};

/// An Argon2 hash as the PHC string format writes it:
/// `$argon2id$v=19$m=19456,t=2,p=1[,keyid=KEY]$SALT$TAG`, binary fields in base64 without padding.
/// Source: https://github.com/P-H-C/phc-string-format, the functions argon2i, argon2d and argon2id.
struct Argon2Phc {
  std::string_view type;  ///< argon2i, argon2d or argon2id; static storage
  unsigned version = 0;   ///< 16, also where the string names none, or 19
  Argon2Cost cost;
  std::string key_id;  ///< which pepper was mixed in, as base64; empty: none
  std::vector<std::byte> salt;
  std::vector<std::byte> tag;

  /// The string that Argon2 implementations read. They know no `keyid`, and it is not of their making.
  [[nodiscard]] std::string without_key_id() const;
  /// The string that is stored.
  [[nodiscard]] std::string text() const;
};

/// Nothing for a string of another form: other parameters or another order, stray bits in base64, a salt below 8 or a
/// tag below 12 bytes, either above 64, a `data` parameter.
[[nodiscard]] std::optional<Argon2Phc> parse_argon2_phc(std::string_view text);

/// The form's base64: the usual alphabet without padding.
[[nodiscard]] std::string phc_base64(std::span<const std::byte> bytes);
[[nodiscard]] std::optional<std::vector<std::byte>> phc_base64_decode(std::string_view text);

}  // namespace secureauth::passwords
