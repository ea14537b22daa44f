#pragma once

#include "core/clock.hpp"
#include "db/database.hpp"

/// users.password_version and users.factors_version of all accounts.
namespace secureauth::accounts::credential_versions {

/// Moves all of them beyond every number that any account ever had, also after a backup that was restored: what was
/// issued for one of those (cookies of known and trusted browsers) holds no more. One number for all, the seconds
/// between 2026 and `now`, for no account changes more than once a second, or one above the highest where that is more.
/// Goes through the accounts once, in many short statements. `database` must outlive the call. Throws
/// db::DatabaseError.
net::awaitable<void> move_ahead(db::Database& database, Timestamp now);

}  // namespace secureauth::accounts::credential_versions
