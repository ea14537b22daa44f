#pragma once

#include "accounts/account_letters.hpp"
#include "accounts/user.hpp"
#include "audit/audit_log.hpp"
#include "mail/outbox.hpp"
#include "mfa/recovery/recovery_codes.hpp"
#include "mfa/totp/totp_authenticators.hpp"
#include "protection/factor_guesses.hpp"
#include "sessions/sessions.hpp"

#include <functional>
#include <optional>
#include <string>

namespace secureauth::login {

/// One proof by a second factor, in a sign-in or inside a session: counted for the account before the code is looked
/// at, verified, and settled in the transaction of what it was given for, so that a code is spent exactly when that
/// comes to be. A wrong one is recorded, and the owner hears of it. All proofs of an account run one after the other,
/// on all instances. Thread-safe. Source: NIST SP 800-63B-4 §3.1.2, §3.1.4, §3.2.2; OWASP ASVS 5.0 6.3.5, 6.5.1.
class FactorProof {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    mfa::TotpAuthenticators& totp;
    mfa::RecoveryCodes& recovery;
    protection::FactorGuesses& guesses;
    const mail::Outbox& outbox;
    const accounts::AccountLetters& letters;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit FactorProof(Parts parts) : parts_(parts) {}

  struct Attempt {
    accounts::Account account;
    bool known_browser = false;        ///< this account signed in there with its second factors before
    std::optional<SessionId> session;  ///< inside one it is a step-up, else a sign-in
    ClientInfo client;
  };

  using Opened = sessions::Sessions::Opened;
  using Ended = sessions::Sessions::Ended;
  /// What the proof is for. Every function runs inside a transaction that has named the account's serial_subject.
  struct Purpose {
    /// Whether there is anything to prove; asked before a guess is counted.
    std::function<net::awaitable<Result<void>>(db::Transaction&)> admit;
    /// What else the code may be right for, tried before the account's authenticator: nothing when it is not.
    std::function<net::awaitable<Result<std::optional<Opened>>>(db::Transaction&, Ended&)> instead = {};
    /// What every other code is answered with, right or wrong, and counted for all the same; nothing: it is looked at.
    std::optional<Error> otherwise = std::nullopt;
    /// What a right code opens; told how many wrong ones in a row came before.
    std::function<net::awaitable<Result<Opened>>(db::Transaction&, std::int64_t failed_before, Ended&)> settle;
  };

  /// Fails with mfa_failed, code_already_used, account_locked; validation_failed for a code of another length, which
  /// costs nothing; and as `admit` and `settle` do.
  net::awaitable<Result<Opened>> with_totp(Attempt attempt, std::string code, Purpose purpose);

  struct Recovered {
    Opened session;
    int remaining = 0;  ///< codes that are left
  };
  /// Costs one hash. Fails with mfa_failed, code_already_used, account_locked, overloaded; and as `admit` and
  /// `settle` do.
  net::awaitable<Result<Recovered>> with_recovery_code(Attempt attempt, mfa::RecoveryCode code, Purpose purpose);

 private:
  using Spent = protection::FactorGuesses::Spent;
  using Guess = protection::FactorGuesses::Guess;
  using Found = mfa::RecoveryCodes::Found;
  /// How a proof ended: refused, which is kept, or with a session.
  struct Settled {
    std::optional<Recovered> opened;
    std::optional<Error> refusal = std::nullopt;
  };
  struct Begun {
    Spent spent;
    std::optional<Found> found;
  };
  net::awaitable<Result<Settled>> settle_totp(db::Transaction& tx, const Attempt& attempt, const std::string& code,
                                              const Purpose& purpose, Ended& ended);
  net::awaitable<Result<Begun>> begin_recovery(const Attempt& attempt, const mfa::RecoveryCode& code,
                                               const Purpose& purpose);
  net::awaitable<Result<Settled>> settle_recovery(db::Transaction& tx, const Attempt& attempt, const Begun& begun,
                                                  bool matches, const Purpose& purpose, Ended& ended);
  net::awaitable<int> use_up(db::Transaction& tx, const Attempt& attempt);
  net::awaitable<Settled> refuse(db::Transaction& tx, const Attempt& attempt, accounts::Factor factor, ErrorCode code,
                                 Spent spent);
  net::awaitable<void> tell_of_failures_before(db::Transaction& tx, const Attempt& attempt, const Spent& spent);
  net::awaitable<void> tell_owner(db::Transaction& tx, const Attempt& attempt, mail::Kind kind, mail::Cap cap,
                                  accounts::AccountLetters::Details details);

  Parts parts_;
};

}  // namespace secureauth::login
