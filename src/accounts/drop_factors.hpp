#pragma once

#include "audit/audit_log.hpp"
#include "core/clock.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <functional>
#include <optional>

namespace secureauth::accounts {

/// Takes an account's second factors away, those that came `since` then or all: mfa/ does it, which accounts/ does not
/// know. Runs in a transaction that has named the user's serial_subject.
using DropFactors = std::function<net::awaitable<void>(db::Transaction&, UserId, std::optional<Timestamp> since,
                                                       audit::Event cause, ClientInfo)>;

}  // namespace secureauth::accounts
