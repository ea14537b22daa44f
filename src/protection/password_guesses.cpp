#include "protection/password_guesses.hpp"

namespace secureauth::protection {
namespace {

std::string key_of(const UserId& user) {
  return "guesses:password:" + user.text();
}

}  // namespace

net::awaitable<Result<void>> PasswordGuesses::spend(UserId user) {
  const auto spent = co_await store_.spend(key_of(user), budget_, ephemeral::EphemeralStore::Known());
  if (spent.allowed) co_return Result<void>{};
  Error locked = ErrorCode::account_locked;
  locked.retry_after = std::chrono::ceil<std::chrono::seconds>(spent.until_reset);
  co_return locked;
}

net::awaitable<void> PasswordGuesses::forgive(UserId user) {
  co_await store_.forgive(key_of(user), budget_.window);
}

}  // namespace secureauth::protection
