#include "protection/factor_guesses.hpp"

#include <algorithm>
#include <span>
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

constexpr std::size_t kUsersAtOnce = 64;

constexpr db::Statement kStandings{R"sql(
  SELECT user_id, authenticator, share, in_a_row, in_window, window_ends_at FROM factor_guesses
   WHERE in_a_row > 0
     AND user_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                     $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32,
                     $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48,
                     $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64)
   ORDER BY user_id, authenticator, share)sql"};

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
  std::vector<UserId> alone{user};
  auto found = co_await standings(database, std::move(alone));
  co_return std::move(found[user]);
}

net::awaitable<std::map<UserId, std::vector<GuessStanding>>> FactorGuesses::standings(db::Executor& database,
                                                                                      std::vector<UserId> users) const {
  std::map<UserId, std::vector<GuessStanding>> found;
  for (std::size_t at = 0; at < users.size(); at += kUsersAtOnce) {
    std::vector<db::Value> values;
    for (const auto& user : std::span(users).subspan(at, std::min(kUsersAtOnce, users.size() - at))) {
      values.emplace_back(user.text());
    }
    auto params = db::Params::padded(std::move(values), kUsersAtOnce);
    const auto rows = co_await database.execute(kStandings, std::move(params));
    for (const auto& row : rows) found[UserId(row.text(0))].push_back(standing_in(row));
  }
  co_return found;
}

GuessStanding FactorGuesses::standing_in(const db::Row& row) const {
  const bool known = row.text(2) == share_of(true);
  const auto window_ends_at = row.time(5);
  GuessStanding standing{.authenticator = accounts::factor_from(row.text(1)),
                         .known_browsers = known,
                         .failed_in_a_row = row.integer(3),
                         .locked = row.integer(3) >= most_in_a_row(known)};
  if (!standing.locked && row.integer(4) >= most_in_window(known) && window_ends_at > clock_.now()) {
    standing.locked = true;
    standing.locked_until = window_ends_at;
  }
  return standing;
}

std::int64_t FactorGuesses::most_in_a_row(bool known_browser) const {
  return known_browser ? kForKnown : options_.in_a_row - kForKnown;
}

std::int64_t FactorGuesses::most_in_window(bool known_browser) const {
  return known_browser ? kForKnown : options_.in_window;  // no more of them can be in a window
}

}  // namespace secureauth::protection
