#pragma once

#include "audit/audit_log.hpp"
#include "core/clock.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <functional>

namespace secureauth::accounts {

/// Takes the second factors of an account away that came `since` then: mfa/ does it, which accounts/ does not know.
/// Runs in a transaction that has named the user's serial_subject.
using DropFactors =
    std::function<net::awaitable<void>(db::Transaction&, UserId, Timestamp since, audit::Event cause, ClientInfo)>;

}  // namespace secureauth::accounts
