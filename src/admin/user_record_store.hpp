#pragma once

#include "admin/user_record.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <string>
#include <vector>

namespace secureauth::admin {

/// The SQL of accounts in bulk. Executors passed in must outlive the call.
namespace user_record_store {

/// How one record fared.
enum class Fate {
  added,
  address_taken,  ///< it has an account already: left as it is
  id_taken,       ///< another address's account has this id
};

/// Adds accounts, many to a statement. Every record has an id by now; fates are in the order of the records.
net::awaitable<std::vector<Fate>> insert(db::Executor& database, const std::vector<UserRecord>* records, Timestamp now);

/// Accounts in the order of their ids, after `after` (empty: from the first).
net::awaitable<std::vector<UserRecord>> page(db::Executor& database, UserId after, int limit);

}  // namespace user_record_store
}  // namespace secureauth::admin
