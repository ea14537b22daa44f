#include "accounts/admins_left.hpp"

#include "accounts/user_store.hpp"

namespace secureauth::accounts {

net::awaitable<Result<void>> check_admins_left(db::Transaction& tx, User leaving) {
  if (!is_active_admin(leaving)) co_return Result<void>{};
  const bool others = co_await user_store::has_other_admin(tx, leaving.id);
  if (!others) co_return Error(ErrorCode::conflict, "This is the last active admin.");
  co_return Result<void>{};
}

}  // namespace secureauth::accounts
