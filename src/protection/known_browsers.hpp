#pragma once

#include "core/clock.hpp"
#include "core/id.hpp"
#include "crypto/random.hpp"
#include "crypto/rotating_key.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::protection {

/// Remembers in a browser's cookie who signed in there: a note for each of a few accounts, signed, for a while or until
/// the account has another password, for that may have been somebody else's too. A note names nobody, and that of one
/// account says nothing about another. A fresh note is under the current key, whichever the former one was under.
/// Thread-safe.
class KnownBrowsers {
 public:
  /// What a note is for; that of one purpose is nothing for the other.
  struct Purpose {
    std::string_view label;
    std::chrono::seconds life;
  };
  /// A browser that an account signed in from. It never stands in for a factor.
  static constexpr Purpose kKnown{"known-browser/v2", std::chrono::days(365)};
  /// One whose owner gave a second factor there and asked not to be asked again for `life`.
  [[nodiscard]] static constexpr Purpose trusted_for(std::chrono::seconds life) { return {"trusted-browser/v1", life}; }

  /// `site` binds the notes to this service (ASVS 9.2.3).
  KnownBrowsers(const crypto::RotatingKey& secret_key, std::string_view site, Purpose purpose, const Clock& clock,
                crypto::Random& random);

  /// An account with what it has: another version of either is another owner.
  struct Owner {
    UserId user;
    std::int64_t password_version = 0;  ///< users.password_version
    std::int64_t factors_version = 0;   ///< users.factors_version; 0: it signed in without a second factor
  };

  [[nodiscard]] std::chrono::seconds life() const { return life_; }

  /// Whether this account signed in where the cookie comes from, with this password.
  [[nodiscard]] bool knows(std::string_view cookie, const Owner& owner) const;

  /// What tells this browser from others of the account: text of ASCII letters, digits, `-` and `_`. Nothing where it
  /// signed in neither with these second factors nor with the password alone.
  [[nodiscard]] std::optional<std::string> mark(std::string_view cookie, Owner owner) const;
  /// The cookie with a fresh note for this account; the oldest of too many others goes.
  [[nodiscard]] std::string remember(std::string_view cookie, const Owner& owner) const;

 private:
  [[nodiscard]] bool is_of(std::string_view note, const Owner& owner) const;

  crypto::DerivedKeys keys_;
  std::chrono::seconds life_;
  const Clock& clock_;
  crypto::Random& random_;
};

}  // namespace secureauth::protection
