#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

/// SQL of what is kept of keys. Executors passed in must outlive the call.
namespace secureauth::keys::key_store {

net::awaitable<std::optional<db::Bytes>> find_wrapped(db::Executor& database, std::string name);
/// Keeps one unless there is one: of several at once the first.
net::awaitable<void> add_wrapped(db::Executor& database, std::string name, db::Bytes sealed, Timestamp now);
/// In the place of exactly that one; false when another came between.
net::awaitable<bool> replace_wrapped(db::Executor& database, std::string name, db::Bytes before, db::Bytes sealed,
                                     Timestamp now);

struct Seen {
  std::string purpose;
  std::string key_id;
  std::string state;  ///< current|next|old
  Timestamp since;
};
net::awaitable<std::vector<Seen>> states(db::Executor& database);
/// `since` stays where the state does.
net::awaitable<void> note(db::Executor& database, std::vector<Seen> all);
net::awaitable<void> forget(db::Executor& database, std::string purpose, std::string key_id);

}  // namespace secureauth::keys::key_store
