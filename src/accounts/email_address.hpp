#pragma once

#include "core/error.hpp"

#include <string>
#include <string_view>

namespace secureauth::accounts {

/// A mailbox address that was parsed, never matched. Two spellings with equal `key()` are one account.
/// Source: RFC 5321 §4.1.2 (dot-string only), RFC 6531 (UTF-8 local part), RFC 5891 (IDNA 2008 domain).
class EmailAddress {
 public:
  /// Takes at most 254 bytes: a dot-atom local part of at most 64 and a domain of two labels or more. Refuses quoted
  /// local parts, comments, address literals, spaces, control, bidi and other invisible characters.
  /// Fails with validation_failed, code `invalid_email`.
  [[nodiscard]] static Result<EmailAddress> parse(std::string_view text);

  /// The canonical form of what an address begins with: keys of such addresses begin with it. A part of an
  /// internationalised domain gives nothing to be found by. Fails with validation_failed, code `invalid_format`.
  [[nodiscard]] static Result<std::string> key_prefix(std::string_view text);

  /// As its owner writes it: mail goes here. The domain is in its ASCII form.
  [[nodiscard]] const std::string& spelling() const { return spelling_; }

  /// Canonical form: local part NFC and case-folded; dots and plus-tags stay distinct.
  [[nodiscard]] const std::string& key() const { return key_; }

 private:
  EmailAddress(std::string spelling, std::string key) : spelling_(std::move(spelling)), key_(std::move(key)) {}
  std::string spelling_;
  std::string key_;
};

}  // namespace secureauth::accounts
