#pragma once

#include "accounts/user.hpp"
#include "core/error.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

namespace secureauth::accounts {

/// Fails with conflict where no active admin would be left without this account. Ask inside a transaction that names
/// kAdministration, and that is what the rest of it may rely on. `tx` must outlive the call.
net::awaitable<Result<void>> check_admins_left(db::Transaction& tx, User leaving);

}  // namespace secureauth::accounts
