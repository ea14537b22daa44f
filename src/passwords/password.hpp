#pragma once

#include "crypto/secret_bytes.hpp"

#include <utility>

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

}  // namespace secureauth::passwords
