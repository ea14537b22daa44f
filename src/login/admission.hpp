#pragma once

#include "accounts/account_letters.hpp"
#include "accounts/user.hpp"
#include "mail/outbox.hpp"
#include "protection/known_browsers.hpp"
#include "sessions/sessions.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::login {

/// Who is let in: by now everything that there is to prove was proven.
struct Arrival {
  accounts::Account account;
  sessions::Proven proven;
  std::vector<std::string> amr;  ///< RFC 8176
  int aal = 1;
  std::optional<std::string> passkey = std::nullopt;  ///< its id, where one was proven
  std::optional<accounts::Factor> factor;             ///< beyond the password, or in its place
  bool trusted_browser = false;                       ///< the second factor was skipped
  std::int64_t failed_before = 0;                     ///< wrong codes in a row until the right one
  ClientInfo client;
  std::optional<sessions::SessionToken> presented;
  std::string known_browser;                               ///< its cookie, or empty
  std::optional<std::string> trust_cookie = std::nullopt;  ///< the same, where the browser is not to be asked again
};

/// What is let in with: the cookies of a sign-in.
struct Admitted {
  sessions::Sessions::Opened session;
  std::string known_browser;  ///< the cookie's new value
  struct Trust {
    std::string cookie;
    std::chrono::seconds life;
  };
  std::optional<Trust> trusted_browser;  ///< the same, where the browser is not to be asked again
};

/// What every sign-in has in common once it is proven, whichever way: the browser is known from then on, and an owner
/// whom the sign-in may surprise gets mail in its transaction. Thread-safe. Source: OWASP ASVS 5.0 6.3.4, 6.3.5.
class Admission {
 public:
  struct Parts {
    const protection::KnownBrowsers& browsers;
    const protection::KnownBrowsers& trusted_browsers;
    const sessions::AssurancePolicy& policy;
    const mail::Outbox& outbox;
    const accounts::AccountLetters& letters;
    const Clock& clock;
  };
  explicit Admission(Parts parts) : parts_(parts) {}

  /// Whether this account signed in with this password where the request comes from, with a second factor or without.
  [[nodiscard]] bool knows(const Arrival& arrival) const;
  /// Whether it did so with its second factors: what a thief of the password cannot have done.
  [[nodiscard]] bool knows_by_factor(const Arrival& arrival) const;

  using Also = std::function<net::awaitable<void>(db::Transaction&)>;
  /// For Sessions::open; `also` is kept with the sign-in or not at all.
  [[nodiscard]] sessions::Sessions::SignIn sign_in(Arrival arrival, Also also = {}) const;

  /// Who is in by now: the browser is known from then on and, where MFA_TRUSTED_BROWSER_DAYS, the account's role and
  /// the owner allow it, not asked for a second factor for a while.
  [[nodiscard]] Admitted let_in(sessions::Sessions::Opened session, const Arrival& arrival) const;

 private:
  net::awaitable<void> tell_owner(db::Transaction& tx, Arrival arrival, bool is_news) const;

  Parts parts_;
};

/// What the audit log says of a refused sign-in.
[[nodiscard]] std::string_view refusal_reason(ErrorCode refusal);

}  // namespace secureauth::login
