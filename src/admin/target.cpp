#include "admin/target.hpp"

#include "accounts/user_store.hpp"

namespace secureauth::admin {

net::awaitable<std::optional<accounts::Account>> find_target(db::Executor& database, Target target) {
  if (const auto* id = std::get_if<UserId>(&target)) {
    auto account = co_await accounts::user_store::find_by_id(database, *id);
    co_return account;
  }
  const auto& email = std::get<accounts::EmailAddress>(target);
  auto user = co_await accounts::user_store::find(database, email.key());
  if (!user) co_return std::nullopt;
  co_return accounts::Account{.user = *std::move(user), .email_key = email.key()};
}

}  // namespace secureauth::admin
