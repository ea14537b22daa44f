#include "protection/factor_guesses.hpp"

#include <string_view>
#include <utility>

namespace secureauth::protection {
namespace {

constexpr db::Statement kRead{R"sql(
  SELECT share, in_a_row, in_window, window_ends_at FROM factor_guesses WHERE user_id = $1 AND authenticator = $2)sql"};

constexpr db::Statement kCount{R"sql(
  INSERT INTO factor_guesses (user_id, authenticator, share, in_a_row, in_window, window_ends_at)
  VALUES ($1, $2, $3, 1, 1, $5)
  ON CONFLICT (user_id, authenticator, share) DO UPDATE
     SET in_a_row = factor_guesses.in_a_row + 1,
         in_window = CASE WHEN factor_guesses.window_ends_at > $4 THEN factor_guesses.in_window + 1 ELSE 1 END,
         window_ends_at = CASE WHEN factor_guesses.window_ends_at > $4 THEN factor_guesses.window_ends_at
                               ELSE excluded.window_ends_at END)sql"};

constexpr db::Statement kGiveBack{R"sql(
  UPDATE factor_guesses
     SET in_a_row = in_a_row - 1, in_window = CASE WHEN in_window > 0 THEN in_window - 1 ELSE 0 END
   WHERE user_id = $1 AND authenticator = $2 AND share = $3 AND in_a_row > 0)sql"};

constexpr db::Statement kStanding{R"sql(
  SELECT authenticator, share, in_a_row, in_window, window_ends_at FROM factor_guesses
   WHERE user_id = $1 AND in_a_row > 0 ORDER BY authenticator, share)sql"};

constexpr db::Statement kForgive{"DELETE FROM factor_guesses WHERE user_id = $1 AND authenticator = $2"};

std::string_view share_of(bool known_browser) {
  return known_browser ? "known" : "unknown";
}

/// No client is to ask again soon where waiting changes nothing.
constexpr std::chrono::hours kNoTimeHelps{24};

/// What one share has used.
struct Used {
  std::int64_t in_a_row = 0;
  std::int64_t in_window = 0;
  Timestamp window_ends_at;
};

Error locked(std::optional<std::chrono::seconds> retry_after) {
  Error error = ErrorCode::account_locked;
  error.retry_after = retry_after.value_or(kNoTimeHelps);
  if (!retry_after) error.detail = "No more codes are taken. Use another way to prove who you are, or ask for help.";
  return error;
}

}  // namespace

net::awaitable<FactorGuesses::Spent> FactorGuesses::spend(db::Transaction& tx, Guess guess) {
  const auto authenticator = accounts::to_text(guess.authenticator);
  const auto share = share_of(guess.known_browser);
  db::Params of_authenticator(guess.user.text(), authenticator);
  const auto rows = co_await tx.execute(kRead, std::move(of_authenticator));
  const auto now = clock_.now();
  Spent spent;
  Used used;
  for (const auto& row : rows) {
    spent.failed_before += row.integer(1);
    if (row.text(0) != share) continue;
    used = {.in_a_row = row.integer(1), .in_window = row.integer(2), .window_ends_at = row.time(3)};
  }
  if (used.window_ends_at <= now) used.in_window = 0;

  const auto in_a_row = most_in_a_row(guess.known_browser);
  const auto in_window = most_in_window(guess.known_browser);
  if (used.in_a_row >= in_a_row) {
    spent.refusal = locked(std::nullopt);
    co_return spent;
  }
  if (used.in_window >= in_window) {
    spent.refusal = locked(std::chrono::ceil<std::chrono::seconds>(used.window_ends_at - now));
    co_return spent;
  }
  db::Params counted(guess.user.text(), authenticator, share, now, now + options_.window);
  co_await tx.write(kCount, std::move(counted));
  spent.last = used.in_a_row + 1 == in_a_row || used.in_window + 1 == in_window;
  co_return spent;
}

net::awaitable<void> FactorGuesses::give_back(db::Transaction& tx, Guess guess) {
  db::Params params(guess.user.text(), accounts::to_text(guess.authenticator), share_of(guess.known_browser));
  co_await tx.write(kGiveBack, std::move(params));
}

net::awaitable<void> FactorGuesses::forgive(db::Transaction& tx, UserId user, accounts::Factor authenticator) {
  db::Params params(user.text(), accounts::to_text(authenticator));
  co_await tx.write(kForgive, std::move(params));
}

net::awaitable<std::vector<GuessStanding>> FactorGuesses::standing(db::Executor& database, UserId user) const {
  db::Params params(user.text());
  const auto rows = co_await database.execute(kStanding, std::move(params));
  const auto now = clock_.now();
  std::vector<GuessStanding> standing;
  for (const auto& row : rows) {
    const bool known = row.text(1) == share_of(true);
    const auto window_ends_at = row.time(4);
    GuessStanding one{.authenticator = accounts::factor_from(row.text(0)),
                      .known_browsers = known,
                      .failed_in_a_row = row.integer(2),
                      .locked = row.integer(2) >= most_in_a_row(known)};
    if (!one.locked && row.integer(3) >= most_in_window(known) && window_ends_at > now) {
      one.locked = true;
      one.locked_until = window_ends_at;
    }
    standing.push_back(one);
  }
  co_return standing;
}

std::int64_t FactorGuesses::most_in_a_row(bool known_browser) const {
  return known_browser ? kForKnown : options_.in_a_row - kForKnown;
}

std::int64_t FactorGuesses::most_in_window(bool known_browser) const {
  return known_browser ? kForKnown : options_.in_window;  // no more of them can be in a window
}

}  // namespace secureauth::protection
