#pragma once

#include "accounts/email_address.hpp"
#include "accounts/user.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <optional>
#include <variant>

namespace secureauth::admin {

/// An account, by its id or by its address.
using Target = std::variant<UserId, accounts::EmailAddress>;

/// `database` must outlive the call.
net::awaitable<std::optional<accounts::Account>> find_target(db::Executor& database, Target target);

}  // namespace secureauth::admin
