#pragma once

#include "accounts/user.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace secureauth::admin {

/// Which accounts a list shows.
struct UserFilter {
  std::string email_prefix = {};  ///< canonical (EmailAddress::key_prefix); empty: any address
  std::optional<accounts::Role> role = {};
  std::optional<accounts::Status> status = {};
};

/// The SQL of looking accounts up. Executors passed in must outlive the call.
namespace user_directory_store {

/// At most `limit` accounts in the order of their addresses' canonical forms, behind `after` (empty: from the first).
net::awaitable<std::vector<accounts::Account>> list(db::Executor& database, UserFilter filter, std::string after,
                                                    int limit);

}  // namespace user_directory_store
}  // namespace secureauth::admin
