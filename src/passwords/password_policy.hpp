#pragma once

#include "core/error.hpp"
#include "core/net.hpp"
#include "passwords/compromised_passwords.hpp"
#include "passwords/hashing_pool.hpp"
#include "passwords/own_words.hpp"
#include "passwords/password.hpp"
#include "passwords/strength.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::passwords {

/// What a new password must be: long enough, not a known one, not the owner's own data, not quickly guessed. No rules
/// of composition, nothing expires. Thread-safe.
/// Source: NIST SP 800-63B-4 §3.1.1.2; OWASP ASVS 5.0 6.1.2, 6.2.1, 6.2.4, 6.2.5, 6.2.9, 6.2.11, 6.2.12.
class PasswordPolicy {
 public:
  struct Options {
    std::size_t min_code_points = 10;
    int min_score = 3;    ///< 0 to 4, see Strength; 0 asks nothing
    OwnWords site_words;  ///< made by add_words(): the site's own, beside the name of this service
  };
  PasswordPolicy(HashingPool& pool, const CompromisedPasswords& compromised, Options options);

  /// Counted after NFC, at once on the caller's thread. Fails with validation_failed, field `password`, code
  /// `too_short` or `too_long`.
  [[nodiscard]] Result<void> check_length(const Password& password) const;

  /// Everything, in a pool of threads. Fails with overloaded, or validation_failed with `field` and the code
  /// `too_short`, `too_long`, `own_data`, `too_common`, `breached` or `too_weak`, and a message that says what to do.
  /// Throws Unavailable when the breach file cannot be read.
  [[nodiscard]] net::awaitable<Result<void>> check(Password password, PasswordOwner owner,
                                                   std::string field = "password") const;

  /// What check() found, for whoever is still choosing. What is refused for anything but its strength has none.
  struct Assessment {
    std::optional<FieldError> refusal;
    Strength strength;
  };
  /// As check(), but that a refusal is no failure.
  [[nodiscard]] net::awaitable<Result<Assessment>> assess(Password password, PasswordOwner owner,
                                                          std::string field = "password") const;

 private:
  /// The refusal, or nothing.
  [[nodiscard]] std::optional<FieldError> judge_length(const Password& password, std::string_view field) const;
  [[nodiscard]] Assessment judge(const Password& password, const PasswordOwner& owner, std::string_view field) const;

  HashingPool& pool_;
  const CompromisedPasswords& compromised_;
  Options options_;
};

}  // namespace secureauth::passwords
