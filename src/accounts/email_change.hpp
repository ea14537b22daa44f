#pragma once

#include "accounts/account_letters.hpp"
#include "accounts/drop_factors.hpp"
#include "accounts/email_address.hpp"
#include "accounts/one_time_token_store.hpp"
#include "mail/outbox.hpp"
#include "protection/password_guesses.hpp"
#include "sessions/sessions.hpp"

#include <chrono>
#include <functional>

namespace secureauth::accounts {

/// Another address for an account: asked for in a session, done when the new mailbox is proven, taken back by the old
/// one for a week. Thread-safe.
/// Source: OWASP Authentication Cheat Sheet (change of address); OWASP ASVS 5.0 6.3.7; NIST SP 800-63B-4 §4.6.
class EmailChange {
 public:
  static constexpr auto kUndoLives = std::chrono::days(7);

  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    protection::PasswordGuesses& guesses;
    const mail::Outbox& outbox;
    const AccountLetters& letters;
    const audit::AuditLog& audit;
    const Clock& clock;
    crypto::Random& random;
    DropFactors drop_factors = {};  ///< that came while somebody else had the account
  };
  EmailChange(Parts parts, std::chrono::seconds token_ttl) : parts_(parts), token_ttl_(token_ttl) {}

  /// Mails a link to the new address (older ones die) and a notice to the present one. Says nothing about whether
  /// somebody has the new address: its owner is told, and the work is the same. Beyond three notices an hour nothing is
  /// mailed to anybody, and the link before lives on: no account writes to more strangers than that.
  /// Fails with unauthenticated when the account is gone.
  net::awaitable<Result<void>> request(sessions::SessionRef session, EmailAddress wanted, ClientInfo client);

  /// Moves the account and ends its sessions and mailed links; the old mailbox gets a link that undoes it, unless
  /// this brings back an address that could have been had by undoing. Opens no session. Fails with invalid_token:
  /// unknown, used, expired, or somebody has the address by now.
  net::awaitable<Result<void>> confirm(EmailChangeToken token, ClientInfo client);

  /// Moves the account back, whatever happened to its address since, ends its sessions and mailed links, and lets
  /// nobody in before a reset by the old mailbox has set another password: its owner says that somebody else was in.
  /// Fails with invalid_token, as confirm does.
  net::awaitable<Result<void>> undo(EmailUndoToken token, ClientInfo client);

 private:
  using Found = one_time_token_store::Found;
  struct Link {
    crypto::Sha256 hash{};
    TokenKind kind{};
    audit::Event event{};  ///< what following it is
  };
  /// What belongs to one kind of link, in the transaction that moves the account.
  using Then = std::function<net::awaitable<void>(db::Transaction&, const Found&)>;
  /// Uses up the link's token, moves its account and records it. Fails with invalid_token.
  net::awaitable<Result<void>> follow(Link link, Timestamp now, ClientInfo client, Then then);
  /// Moves `found`'s account to its token's address and ends what hung on the old one. Fails with invalid_token.
  net::awaitable<Result<void>> move(db::Transaction& tx, const Found& found, Timestamp now, std::string_view reason,
                                    ClientInfo client, sessions::Sessions::Ended& ended);
  net::awaitable<void> offer_undo(db::Transaction& tx, const Found& found, Timestamp now, ClientInfo client);
  net::awaitable<void> tell(db::Transaction& tx, mail::Kind kind, Recipient to, Timestamp now, ClientInfo client);

  Parts parts_;
  std::chrono::seconds token_ttl_;
};

}  // namespace secureauth::accounts
