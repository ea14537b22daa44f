#pragma once

#include "core/error.hpp"
#include "crypto/secret_bytes.hpp"

#include <cstddef>

namespace secureauth::passwords {

/// A password as it is hashed: NFC-normalised (NIST SP 800-63B-4 §3.1.1.2) and otherwise untouched; nothing is
/// trimmed, cut or folded, and NUL is a character.
class Password {
 public:
  /// Normalises at every entrance alike. What is over 4 KiB as typed is kept as it is: no NFC form of it fits the
  /// limit, and thousands of combining marks would make normalising slow. `typed` is valid UTF-8: the JSON parser and
  /// the command line see to that.
  explicit Password(const crypto::SecretBytes& typed);

  [[nodiscard]] const crypto::SecretBytes& bytes() const { return bytes_; }
  [[nodiscard]] Password clone() const { return Password(Normalised{}, bytes_.clone()); }

 private:
  struct Normalised {};
  Password(Normalised, crypto::SecretBytes bytes) : bytes_(std::move(bytes)) {}
  crypto::SecretBytes bytes_;
};

/// What a new password must be. Length only, counted after NFC (ASVS 6.2.1, 6.2.5, 6.2.9).
class PasswordPolicy {
 public:
  explicit PasswordPolicy(std::size_t min_code_points) : min_code_points_(min_code_points) {}

  /// Fails with validation_failed, field `password`, code `too_short` or `too_long`.
  [[nodiscard]] Result<void> check(const Password& password) const;

 private:
  std::size_t min_code_points_;
};

}  // namespace secureauth::passwords
