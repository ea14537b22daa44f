#pragma once

#include "accounts/account_letters.hpp"
#include "accounts/email_address.hpp"
#include "accounts/registration_store.hpp"
#include "audit/address_digest.hpp"
#include "audit/audit_log.hpp"
#include "crypto/token.hpp"
#include "db/batches.hpp"
#include "mail/outbox.hpp"
#include "passwords/password_hasher.hpp"
#include "protection/password_guesses.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace secureauth::accounts {

using VerificationToken = crypto::Token<struct VerificationTag>;

/// Where a verification link was opened.
struct VerifyingBrowser {
  ClientInfo client;
  std::string known_browser;  ///< its cookie, or empty
};

/// Sign-up. An account comes to be when a mailed link proves the mailbox; until then there are pending registrations,
/// each with its own password, and a link activates only the one it belongs to, so that nobody can prepare an account
/// for somebody else's address (pre-hijacking). Thread-safe.
class Registration {
 public:
  struct Parts {
    db::Database& database;
    passwords::PasswordHasher& hasher;
    protection::PasswordGuesses& guesses;
    const mail::Outbox& outbox;
    const AccountLetters& letters;
    const audit::AuditLog& audit;
    const audit::AddressDigest& digest;
    const Clock& clock;
    crypto::Random& random;
    /// Gives a new account the passkey that its registrant made, unless it was made elsewhere: with invalid_token.
    std::function<net::awaitable<Result<void>>(db::Transaction&, UserId, std::string passkey, VerifyingBrowser)>
        adopt_passkey = {};
  };
  Registration(Parts parts, std::chrono::seconds token_ttl) : parts_(parts), token_ttl_(token_ttl) {}

  struct Who {
    EmailAddress email;
    std::optional<std::string> name;
    ClientInfo client;
    Locale locale = Locale::en;  ///< of this mail and of those to the account
  };
  struct Request {
    Who who;
    passwords::Password password;
  };
  struct Accepted {
    std::string id;
    std::string email;
  };
  /// Answers alike, for like work, whether or not the address has an account; its owner learns by mail. A registration
  /// whose link is not mailed any more (three an hour) kills the links that were: their mailbox's owner may be the one
  /// who got none. A mail tells him to sign up again.
  /// Fails with overloaded.
  net::awaitable<Result<Accepted>> request(Request request);

  /// The same of an account that has a passkey, as mfa/ writes it, and no password. Costs no hash, for any address.
  net::awaitable<Accepted> request_with_passkey(Who who, std::string passkey);

  /// Uses up the token and opens the account. Fails with invalid_token: unknown, used, expired, beaten by another
  /// registration of the address, or with a passkey that was made in another browser. Then the token stays: whoever
  /// signed up opens the link there, and somebody who signed another's address up never does (ASVS 2.3.1).
  net::awaitable<Result<UserId>> verify(VerificationToken token, VerifyingBrowser browser);

  /// Mails a new link for a pending registration; the old one dies. Says nothing about whether there was one: the
  /// same statements are run for every address (ASVS 6.3.8). With more than one waiting it mails advice instead: the
  /// owner must not be handed a stranger's registration.
  net::awaitable<void> resend(EmailAddress email, ClientInfo client);

  /// Deletes what has expired.
  net::awaitable<void> forget_expired(const db::GoOn& go_on = db::kWithoutPause);

 private:
  net::awaitable<Accepted> file(Who who, std::string password_hash, std::optional<std::string> passkey);
  [[nodiscard]] mail::Letter verification_letter(const registration_store::Pending& pending,
                                                 const VerificationToken& token) const;

  Parts parts_;
  std::chrono::seconds token_ttl_;
};

}  // namespace secureauth::accounts
