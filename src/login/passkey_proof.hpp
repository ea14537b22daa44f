#pragma once

#include "accounts/account_letters.hpp"
#include "audit/audit_log.hpp"
#include "mail/outbox.hpp"
#include "mfa/passkeys/passkey_challenges.hpp"
#include "mfa/passkeys/passkey_settings.hpp"
#include "mfa/passkeys/passkey_store.hpp"
#include "mfa/webauthn/authentication.hpp"
#include "sessions/sessions.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::login {

/// One proof by a passkey, in a sign-in or inside a session: its challenge is used up first, then every step of the
/// ceremony is checked, and the passkey's use is kept in the transaction of what it was given for, or not at all. What
/// was refused is recorded with its step. Thread-safe.
/// Source: WebAuthn Level 3 §7.2; OWASP ASVS 5.0 6.3.5; NIST SP 800-63B-4 §3.1.6, §3.1.7.
class PasskeyProof {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    mfa::PasskeyChallenges& challenges;
    const mfa::PasskeySettings& settings;
    const mail::Outbox& outbox;
    const accounts::AccountLetters& letters;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit PasskeyProof(Parts parts) : parts_(parts) {}

  struct Attempt {
    std::string challenge_id;
    std::vector<mfa::PasskeyPurpose> purposes;
    crypto::Sha256 binding{};          ///< of the session's or the browser's cookie
    boost::json::object body;          ///< what the browser brought, as read_authentication() takes it
    std::optional<SessionId> session;  ///< inside one it is a step-up, else a sign-in
    bool after_password = false;       ///< of a step-up: a password opened its session
    ClientInfo client;
  };
  struct Proven {
    mfa::OwnedPasskey owned;
    webauthn::Assertion assertion;
    mfa::PasskeyChallenge challenge;

    /// With its RFC 8176 names; after a password any passkey makes two factors, alone only one that verified its user.
    [[nodiscard]] sessions::FactorProven factor(bool after_password) const;
  };
  using Opened = sessions::Sessions::Opened;
  using Ended = sessions::Sessions::Ended;
  struct Goal {
    /// Whether there is anything to prove, and who hears of a wrong proof; asked before it is looked at.
    std::function<net::awaitable<Result<std::optional<accounts::Account>>>(const mfa::PasskeyChallenge&)> admit = {};
    /// What the proof opens. Runs inside a transaction that has named the owner's serial_subject.
    std::function<net::awaitable<Result<Opened>>(db::Transaction&, const Proven&, Ended&)> settle;
  };
  /// Fails with challenge_expired; invalid_request for what is no assertion in form; mfa_failed for whichever step
  /// failed; and as the goal does.
  net::awaitable<Result<Opened>> operator()(Attempt attempt, Goal goal);

 private:
  struct Settled {
    std::optional<Opened> opened;
    std::optional<Error> refusal = std::nullopt;
  };
  /// A proof under way: what was asked, and what the answer names.
  struct Case {
    mfa::PasskeyChallenge challenge;
    std::optional<accounts::Account> waiting;  ///< who hears of a wrong one
    std::optional<mfa::OwnedPasskey> owned = std::nullopt;
  };
  net::awaitable<Result<Opened>> judge(const Attempt& attempt, const Goal& goal, Case& one);
  net::awaitable<Result<Settled>> settle(db::Transaction& tx, const Attempt& attempt, const Proven& proven,
                                         const Goal& goal, Ended& ended);
  net::awaitable<Error> refuse(const Attempt& attempt, const Case& one, webauthn::Refusal refusal,
                               std::optional<audit::Event> doubt, ErrorCode code);
  net::awaitable<void> record_refusal(db::Transaction& tx, const Attempt& attempt, const Case& one,
                                      const webauthn::Refusal& refusal);
  net::awaitable<void> raise_doubt(db::Transaction& tx, const Attempt& attempt, const mfa::OwnedPasskey& owned,
                                   audit::Event event);
  net::awaitable<void> tell_owner(db::Transaction& tx, const accounts::Account& owner, const ClientInfo& client,
                                  mail::Kind kind);

  Parts parts_;
};

}  // namespace secureauth::login
