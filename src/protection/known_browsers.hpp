#pragma once

#include "core/clock.hpp"
#include "core/id.hpp"
#include "crypto/random.hpp"
#include "crypto/secret_bytes.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace secureauth::protection {

/// Remembers in a browser's cookie who signed in there: a note for each of a few accounts, signed, for a year or until
/// the account has another password, for that may have been somebody else's too. It never stands in for a factor, names
/// nobody, and that of one account says nothing about another. Thread-safe.
class KnownBrowsers {
 public:
  static constexpr auto kLife = std::chrono::days(365);

  /// `site` binds the notes to this service (ASVS 9.2.3).
  KnownBrowsers(const crypto::SecretBytes& secret_key, std::string_view site, const Clock& clock,
                crypto::Random& random);

  /// An account with the password it has: users.password_version.
  struct Owner {
    UserId user;
    std::int64_t password_version = 0;
  };

  /// Whether this account signed in where the cookie comes from, with this password.
  [[nodiscard]] bool knows(std::string_view cookie, const Owner& owner) const;

  /// The cookie with a fresh note for this account; the oldest of too many others goes.
  [[nodiscard]] std::string remember(std::string_view cookie, const Owner& owner) const;

 private:
  [[nodiscard]] bool is_of(std::string_view note, const Owner& owner) const;
  [[nodiscard]] std::string sign(std::string_view head, const Owner& owner) const;

  crypto::SecretBytes key_;
  const Clock& clock_;
  crypto::Random& random_;
};

}  // namespace secureauth::protection
