#pragma once

#include "audit/audit_log.hpp"
#include "audit/operator.hpp"
#include "db/batches.hpp"
#include "sessions/assurance_policy.hpp"
#include "sessions/session_cache.hpp"
#include "sessions/session_store.hpp"
#include "sessions/shared_sessions.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace secureauth::sessions {

/// Server-side sessions: opened after a sign-in, checked on every request, ended by their owner or by time.
/// The record store is the truth; in front of it stand the cache that all instances share, where there is one, and a
/// small one of this process (docs/adr/0009-sessions-across-instances.md).
/// Thread-safe. Source: OWASP Session Management Cheat Sheet; NIST SP 800-63B-4 §5.
class Sessions {
 public:
  struct Options {
    std::chrono::seconds idle_timeout{};
    std::chrono::seconds absolute_timeout{};
    std::size_t most_per_user = 50;
    std::chrono::milliseconds local_cache = SessionCache::kLongestStale;
  };
  struct Parts {
    db::Database& database;
    const AssurancePolicy& policy;
    const audit::AuditLog& audit;
    const Clock& clock;
    crypto::Random& random;
    SharedSessions* shared = nullptr;  ///< null: this is the only instance, or each asks the record store
  };
  Sessions(Parts parts, Options options);

  struct Opened {
    SessionToken token;  ///< leaves once, in a cookie
    SessionId id;
  };
  /// A sign-in that was proven.
  struct SignIn {
    accounts::User user;
    std::vector<std::string> amr;
    int aal = 1;  ///< 2: a second factor was proven, or a passkey that verified its user
    std::optional<accounts::Factor> factor = std::nullopt;  ///< which one
    bool trusted_browser =
        false;           ///< a second factor was proven here before; allowed at AAL1 where no role demands one
    Proven proven = {};  ///< what was right
    ClientInfo client;
    std::optional<SessionToken> presented = std::nullopt;  ///< the browser's session until now; it ends
    boost::json::object details = {};                      ///< of the audit row
    /// What else is kept with the sign-in or not at all; it must set what it gives to the outside, not add to it.
    std::function<net::awaitable<void>(db::Transaction&)> also = {};
    /// What is to be told to the shared cache's server in the same round trip, once it is kept. Must not throw.
    std::function<net::awaitable<void>()> afterwards = {};
  };
  /// The one way to a session. Writes it, its audit row, and the end of what it replaces (`presented`) and of the
  /// user's sessions beyond the limit. Fails with email_not_verified, account_disabled, password_change_required;
  /// invalid_credentials when the password or the factors have changed since they were verified; mfa_failed when a
  /// second factor is missing that the account has.
  net::awaitable<Result<Opened>> open(SignIn sign_in);

  using Ended = std::vector<EndedSession>;
  /// The same inside the caller's transaction, which has named the user's serial_subject and is run by ending() with
  /// the same `ended`, to which this adds. `tx` and `ended` must outlive the call.
  net::awaitable<Result<Opened>> open(db::Transaction& tx, SignIn sign_in, Ended& ended);

  /// Opens a session in the place of `current`, which ends: the id is new after every change of what it stands for
  /// (ASVS 7.2.4), and both clocks start anew. Inside the caller's transaction, run by ending() with the same `ended`,
  /// to which this adds. `tx` and `ended` must outlive the call. Fails with unauthenticated when `current` has ended
  /// or its user may have no session by now.
  net::awaitable<Result<Opened>> renew(db::Transaction& tx, SessionRef current, Assurance assurance, ClientInfo client,
                                       Ended& ended);

  /// Has every instance read the user's sessions anew, after a change that they all show; run as renew().
  net::awaitable<void> read_anew(db::Transaction& tx, UserId user, Ended& ended);

  /// The session of a token, unless it has ended, been idle too long or reached its absolute end, or its user is not
  /// active. Does not count as a use: see touch(). Fails with unauthenticated. Costs nothing when this process read it
  /// within a second, else a round trip to the shared cache, else one to the record store.
  net::awaitable<Result<SessionRef>> check(SessionToken token);

  /// What check() would answer when the session was read within the last second, else nullptr: no coroutine, no SQL.
  [[nodiscard]] SessionRef check_cached(const SessionToken& token) const;

  /// Restarts the idle clock after an accepted request. True when the record store should hear of it: once in a
  /// fifteenth of the idle timeout, at most a minute. Then call write_use(). Other instances may see the last use that
  /// much too early, so a session used on several ends early by no more.
  [[nodiscard]] bool touch(const SessionRef& session) const;

  /// Writes the last use down. A failure is logged and harms nobody: the clock then runs out early.
  net::awaitable<void> write_use(SessionRef session);

  struct Page {
    std::vector<ListedSession> sessions;
    std::optional<SessionId> next;  ///< give it as `after` for the page behind this one
  };
  /// The user's valid sessions, newest first, at most `limit` of them behind `after`.
  net::awaitable<Page> list(UserId user, std::optional<SessionId> after, int limit);

  /// Ends the session of the request.
  net::awaitable<void> end(SessionRef session, ClientInfo client);

  /// Ends one of the user's own sessions; another one than `current` needs a recent sign-in. Fails with not_found (a
  /// stranger's session too), step_up_required.
  net::awaitable<Result<void>> end_by_id(SessionRef current, SessionId id, ClientInfo client);

  /// Ends all but the current one.
  net::awaitable<void> end_others(SessionRef current, ClientInfo client);

  /// Ends all sessions of a user, on somebody else's behalf, inside the transaction of what ends them: run it by
  /// ending(). `tx` must outlive the call.
  net::awaitable<Ended> end_all(db::Transaction& tx, UserId user, std::string_view reason, audit::Operator by);
  /// The same where nobody knows who caused it.
  net::awaitable<Ended> end_all(db::Transaction& tx, UserId user, std::string_view reason, ClientInfo client);
  /// The same on the owner's behalf, save for `current`.
  net::awaitable<Ended> end_all_but(db::Transaction& tx, SessionRef current, std::string_view reason,
                                    ClientInfo client);

  /// Ends sessions of anybody, at most kMostAtOnce; fewer: there are no more. Run it by ending().
  static constexpr std::size_t kMostAtOnce = 500;
  net::awaitable<Ended> end_some(db::Transaction& tx, std::string_view reason, audit::Operator by);

  /// Runs a transaction that fills `ended`, then drops these from the caches, on every instance, before it returns:
  /// also when nobody knows whether it was committed, for forgetting is always safe. `ended` must outlive the call.
  template <class Body>
  auto ending(Body body, const Ended& ended) -> decltype(body(std::declval<db::Transaction&>()));

  /// What another instance says through the shared cache's channel: a key that was dropped.
  void hear_of_drop(std::string_view key);
  /// The channel was broken for a while.
  void hear_of_gap();

  /// Deletes what has run out.
  net::awaitable<void> forget_expired(const db::GoOn& go_on = db::kWithoutPause);

  /// Of this process's own cache.
  [[nodiscard]] SessionCache::Lookups cache_lookups() const { return cache_.lookups(); }

 private:
  [[nodiscard]] bool is_alive(const Session& session, Timestamp now) const;
  struct Made {
    SessionToken token;
    Session session;
  };
  [[nodiscard]] Made make_session(const SignIn& sign_in) const;
  [[nodiscard]] Made make_session(accounts::User user, Assurance assurance) const;
  [[nodiscard]] Result<void> check(const SignIn& sign_in) const;
  net::awaitable<Result<Session>> write(db::Transaction& tx, const SignIn& sign_in, const Session& session,
                                        Ended& ended);
  net::awaitable<void> forget(Ended ended);
  net::awaitable<void> audit_ended(db::Transaction& tx, Ended ended, std::string_view reason, ClientInfo client) const;
  net::awaitable<void> audit_ended(db::Transaction& tx, Ended ended, std::string_view reason, audit::Operator by) const;

  net::awaitable<void> audit_replaced(db::Transaction& tx, Ended ended, std::optional<TokenHash> replaced,
                                      ClientInfo client) const;

  Parts parts_;
  Options options_;
  std::chrono::microseconds write_use_every_;
  SessionCache cache_;
};

template <class Body>
auto Sessions::ending(Body body, const Ended& ended) -> decltype(body(std::declval<db::Transaction&>())) {
  std::exception_ptr unknown;
  std::optional<typename decltype(body(std::declval<db::Transaction&>()))::value_type> result;
  try {
    result.emplace(co_await parts_.database.transaction(std::move(body)));
  } catch (const db::CommitOutcomeUnknown&) {
    unknown = std::current_exception();
  }
  co_await forget(ended);
  if (unknown) std::rethrow_exception(unknown);
  co_return *std::move(result);
}

}  // namespace secureauth::sessions
