#pragma once

#include "crypto/random.hpp"
#include "crypto/secret_bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace secureauth::mfa {

/// A code that stands in for a lost second factor: 80 random bits as 16 characters of Crockford's Base32, written
/// XXXX-XXXX-XXXX-XXXX. The first three only select which of an account's codes it is; the other thirteen are secret,
/// 65 bits of their own (ASVS 6.5.2 asks for 64 where a hash has a salt), wiped with it.
/// Source: NIST SP 800-63B-4 §3.1.2; D. Crockford, "Base 32" (alphabet and look-alikes).
class RecoveryCode {
 public:
  static constexpr std::size_t kSelectorCharacters = 3;
  static constexpr std::size_t kSecretCharacters = 13;

  [[nodiscard]] static RecoveryCode generate(crypto::Random& random);

  /// Reads what a person typed: in either case, with spaces and hyphens wherever they like, and with the letters that
  /// the alphabet lacks taken for those they look like: O for 0, I and L for 1, U for V. Nothing unless that gives
  /// sixteen characters of it.
  [[nodiscard]] static std::optional<RecoveryCode> parse(std::string_view typed);

  [[nodiscard]] const std::string& selector() const { return selector_; }
  [[nodiscard]] const crypto::SecretBytes& secret() const { return secret_; }

  /// As it is shown to its owner, once. The caller wipes it or lets it leave.
  [[nodiscard]] std::string text() const;

  [[nodiscard]] RecoveryCode clone() const { return {selector_, secret_.clone()}; }

 private:
  RecoveryCode(std::string selector, crypto::SecretBytes secret)
      : selector_(std::move(selector)), secret_(std::move(secret)) {}
  /// Of sixteen characters of the alphabet.
  explicit RecoveryCode(const crypto::SecretBytes& characters);

  std::string selector_;
  crypto::SecretBytes secret_;
};

}  // namespace secureauth::mfa
