#include "protection/password_guesses.hpp"

#include <algorithm>

namespace secureauth::protection {
namespace {

std::string guesses_of(const UserId& user) {
  return "guesses:password:" + user.text();
}

/// A budget of one: whoever gets it tells the owner.
std::string news_for(const UserId& user) {
  return "guesses:password:told:" + user.text();
}

}  // namespace

net::awaitable<PasswordGuesses::Spent> PasswordGuesses::spend(UserId user) {
  const auto spent = co_await store_.spend(guesses_of(user), budget_, ephemeral::EphemeralStore::Known());
  if (spent.allowed) co_return Spent{};
  const auto left = std::max(spent.until_reset, std::chrono::milliseconds(1));
  const ephemeral::EphemeralStore::Budget once{.limit = 1, .window = left};
  const auto news = co_await store_.spend(news_for(user), once, ephemeral::EphemeralStore::Known());
  Error locked = ErrorCode::account_locked;
  locked.retry_after = std::chrono::ceil<std::chrono::seconds>(spent.until_reset);
  co_return Spent{std::move(locked), news.allowed};
}

net::awaitable<void> PasswordGuesses::give_back(UserId user) {
  co_await store_.give_back(guesses_of(user));
}

net::awaitable<void> PasswordGuesses::forgive(UserId user) {
  co_await store_.forgive(guesses_of(user), budget_.window);
  co_await store_.forgive(news_for(user), budget_.window);
}

}  // namespace secureauth::protection
