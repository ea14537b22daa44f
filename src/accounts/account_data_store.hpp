#pragma once

#include "core/id.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>

namespace secureauth::accounts {

/// The SQL of the data export: rows as they are shown. Executors passed in must outlive the call.
namespace account_data_store {

struct Profile {
  boost::json::object shown;
  std::string email_key;
};
net::awaitable<std::optional<Profile>> profile(db::Executor& database, UserId user);

net::awaitable<boost::json::array> sessions(db::Executor& database, UserId user);
net::awaitable<boost::json::array> links(db::Executor& database, UserId user);
/// Without their secrets; of recovery codes how many are left.
net::awaitable<boost::json::array> second_factors(db::Executor& database, UserId user);

/// Audit rows about the user, newest first.
net::awaitable<boost::json::array> events_about(db::Executor& database, UserId user, int most);
/// Those of what the user did to others: ids of others are not shown.
net::awaitable<boost::json::array> events_about_others(db::Executor& database, UserId user, int most);

}  // namespace account_data_store
}  // namespace secureauth::accounts
