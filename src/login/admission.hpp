#pragma once

#include "accounts/account_letters.hpp"
#include "accounts/user.hpp"
#include "mail/outbox.hpp"
#include "protection/known_browsers.hpp"
#include "sessions/sessions.hpp"

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
  bool trusted_browser = false;    ///< the second factor was skipped
  std::int64_t failed_before = 0;  ///< wrong codes in a row until the right one
  ClientInfo client;
  std::optional<sessions::SessionToken> presented;
  std::string known_browser;  ///< its cookie, or empty
};

/// What is let in with: the cookies of a sign-in.
struct Admitted {
  sessions::Sessions::Opened session;
  std::string known_browser;                   ///< the cookie's new value
  std::optional<std::string> trusted_browser;  ///< the same, where the browser is not to be asked again
};

/// What every sign-in has in common once it is proven, whichever way: the browser is known from then on, and an owner
/// whom the sign-in may surprise gets mail in its transaction. Thread-safe. Source: OWASP ASVS 5.0 6.3.4, 6.3.5.
class Admission {
 public:
  struct Parts {
    const protection::KnownBrowsers& browsers;
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

  /// The cookie by which this browser is known from now on.
  [[nodiscard]] std::string remember(const Arrival& arrival) const;

 private:
  net::awaitable<void> tell_owner(db::Transaction& tx, Arrival arrival, bool is_news) const;

  Parts parts_;
};

}  // namespace secureauth::login
