#include "keys/key_store.hpp"

#include <utility>

namespace secureauth::keys::key_store {
namespace {

constexpr db::Statement kFindWrapped{"SELECT sealed FROM wrapped_keys WHERE name = $1"};
constexpr db::Statement kAddWrapped{
    "INSERT INTO wrapped_keys (name, sealed, changed_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING"};
constexpr db::Statement kReplaceWrapped{
    "UPDATE wrapped_keys SET sealed = $3, changed_at = $4 WHERE name = $1 AND sealed = $2"};

constexpr db::Statement kStates{"SELECT purpose, key_id, state, since FROM key_states ORDER BY purpose, since"};
constexpr db::Statement kNote{R"sql(
  INSERT INTO key_states (purpose, key_id, state, since) VALUES ($1, $2, $3, $4)
  ON CONFLICT (purpose, key_id) DO UPDATE SET state = excluded.state, since = excluded.since
   WHERE key_states.state <> excluded.state)sql"};
constexpr db::Statement kForget{"DELETE FROM key_states WHERE purpose = $1 AND key_id = $2"};

}  // namespace

net::awaitable<std::optional<db::Bytes>> find_wrapped(db::Executor& database, std::string name) {
  db::Params params(std::move(name));
  const auto rows = co_await database.execute(kFindWrapped, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return rows.front().bytes(0);
}

net::awaitable<void> add_wrapped(db::Executor& database, std::string name, db::Bytes sealed, Timestamp now) {
  db::Params params(std::move(name), std::move(sealed), now);
  co_await database.execute(kAddWrapped, std::move(params));
}

net::awaitable<bool> replace_wrapped(db::Executor& database, std::string name, db::Bytes before, db::Bytes sealed,
                                     Timestamp now) {
  db::Params params(std::move(name), std::move(before), std::move(sealed), now);
  const auto done = co_await database.execute(kReplaceWrapped, std::move(params));
  co_return done.affected == 1;
}

net::awaitable<std::vector<Seen>> states(db::Executor& database) {
  const auto rows = co_await database.execute(kStates, db::Params());
  std::vector<Seen> all;
  for (const auto& row : rows) all.push_back({row.text(0), row.text(1), row.text(2), row.time(3)});
  co_return all;
}

net::awaitable<void> note(db::Executor& database, std::vector<Seen> all) {
  for (auto& seen : all) {
    db::Params params(std::move(seen.purpose), std::move(seen.key_id), std::move(seen.state), seen.since);
    co_await database.execute(kNote, std::move(params));
  }
}

net::awaitable<void> forget(db::Executor& database, std::string purpose, std::string key_id) {
  db::Params params(std::move(purpose), std::move(key_id));
  co_await database.execute(kForget, std::move(params));
}

}  // namespace secureauth::keys::key_store
