#pragma once

#include "core/client_info.hpp"
#include "core/net.hpp"
#include "db/batches.hpp"
#include "db/database.hpp"
#include "sessions/session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace secureauth::sessions {

/// One line of an owner's list.
struct ListedSession {
  SessionId id;
  TokenHash token_hash{};
  Timestamp created_at;
  Timestamp last_used_at;
  std::string ip;
  std::string user_agent;
};

/// A session that a statement ended.
struct EndedSession {
  SessionId id;
  TokenHash token_hash{};
  UserId user;
};

/// What the account had when it was proven, a while ago; nothing: whatever it has now.
struct Proven {
  std::optional<std::int64_t> password_version = std::nullopt;
  std::optional<std::int64_t> factors_version = std::nullopt;
};

/// The SQL of sessions. Executors passed in must outlive the call.
namespace session_store {

/// Inserts nothing when the user may not have it by now: is not active, must change the password, or has another
/// password or other factors than those that were proven. find() tells.
net::awaitable<void> insert(db::Executor& database, Session session, ClientInfo client, Proven proven);

/// Why insert() inserted nothing: account_disabled, password_change_required, else invalid_credentials.
net::awaitable<ErrorCode> refusal(db::Executor& database, UserId user);

/// The session with its user, unless the absolute end has passed or the user is not active.
net::awaitable<std::optional<Session>> find(db::Executor& database, TokenHash hash, Timestamp now);

net::awaitable<void> set_last_used(db::Executor& database, SessionId id, Timestamp when);

/// At most `limit` of the user's sessions whose absolute end has not come, newest first, behind `after` (nothing: from
/// the newest).
net::awaitable<std::vector<ListedSession>> list(db::Executor& database, UserId user, Timestamp now,
                                                std::optional<SessionId> after, int limit);

net::awaitable<std::vector<EndedSession>> end_by_token(db::Executor& database, TokenHash hash);

/// Ends the session `replaced`, whoever owns it, and the longest unused of the owner's beyond `most`, `opened`
/// included. `opened` must outlive the call.
net::awaitable<std::vector<EndedSession>> end_replaced(db::Executor& database, std::optional<TokenHash> replaced,
                                                       const Session& opened, std::size_t most);
net::awaitable<std::vector<EndedSession>> end_by_id(db::Executor& database, UserId owner, SessionId id);
net::awaitable<std::vector<EndedSession>> end_all_but(db::Executor& database, UserId owner, SessionId kept);
/// Nothing of them changes.
net::awaitable<std::vector<EndedSession>> find_all(db::Executor& database, UserId owner);
net::awaitable<std::vector<EndedSession>> end_all(db::Executor& database, UserId owner);
/// The oldest of everybody's, at most so many.
net::awaitable<std::vector<EndedSession>> end_some(db::Executor& database, std::size_t most);

/// Deletes what has passed its absolute end, and what was last used at `idle_since` or before. Many short statements:
/// give it the database, not a transaction.
net::awaitable<std::size_t> forget_expired(db::Executor& database, Timestamp now, Timestamp idle_since,
                                           const db::GoOn& go_on = db::kWithoutPause);

}  // namespace session_store
}  // namespace secureauth::sessions
