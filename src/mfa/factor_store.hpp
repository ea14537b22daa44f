#pragma once

#include "core/id.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

/// The SQL of which second factors an account has. Executors passed in must outlive the call.
namespace secureauth::mfa::factor_store {

/// Writes down what the account has by now, for sign-ins and sessions to read with the account. `is_factor`: not only
/// recovery codes have changed, so that what was proven or promised with the former factors is void. Recovery codes go
/// with the last factor that they could stand in for.
net::awaitable<void> refresh(db::Transaction& tx, UserId user, bool is_factor);

/// Nothing opens for the account before it has a second factor.
net::awaitable<void> demand(db::Transaction& tx, UserId user, Timestamp now);

}  // namespace secureauth::mfa::factor_store
