#include "protection/password_guess_store.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace secureauth::protection::password_guess_store {
namespace {

constexpr db::Statement kFind{"SELECT share, in_a_row, last_failed_at, unlocked FROM login_guesses WHERE subject = $1"};

constexpr std::size_t kSubjectsAtOnce = 64;

constexpr db::Statement kFindAll{R"sql(
  SELECT subject, share, in_a_row, last_failed_at, unlocked FROM login_guesses
   WHERE subject IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
               $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32,
               $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48,
               $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64))sql"};

constexpr db::Statement kCount{R"sql(
  INSERT INTO login_guesses (subject, share, in_a_row, last_failed_at) VALUES ($1, $2, 1, $3)
  ON CONFLICT (subject, share) DO UPDATE
     SET in_a_row = login_guesses.in_a_row + 1, last_failed_at = excluded.last_failed_at
  RETURNING in_a_row)sql"};

constexpr db::Statement kReserve{R"sql(
  UPDATE login_guesses SET in_a_row = in_a_row + 1, last_failed_at = $4
   WHERE subject = $1 AND share = $2 AND in_a_row < $3
  RETURNING in_a_row)sql"};

constexpr db::Statement kGiveBack{R"sql(
  UPDATE login_guesses SET in_a_row = $3, last_failed_at = $4
   WHERE subject = $1 AND share = $2 AND in_a_row = $3 + 1)sql"};

// Windows of other browsers are void only where there were failures: else every sign-in would begin new ones.
constexpr db::Statement kForgive{R"sql(
  UPDATE login_guesses SET in_a_row = 0, unlocked = unlocked + 1 WHERE subject = $1 AND in_a_row > 0)sql"};

constexpr db::Statement kForgiveKnown{R"sql(
  UPDATE login_guesses SET in_a_row = 0, unlocked = unlocked + 1
   WHERE subject = $1 AND share = 'known' AND in_a_row > 0)sql"};

constexpr db::Statement kUnlock{R"sql(
  INSERT INTO login_guesses (subject, share, in_a_row, last_failed_at, unlocked)
  VALUES ($1, 'known', 0, $2, 1), ($1, 'unknown', 0, $2, 1)
  ON CONFLICT (subject, share) DO UPDATE SET in_a_row = 0, unlocked = login_guesses.unlocked + 1)sql"};

constexpr db::Statement kForgetOld{R"sql(
  DELETE FROM login_guesses
   WHERE (subject, share) IN (SELECT subject, share FROM login_guesses
                               WHERE last_failed_at < $1 AND (in_a_row = 0 OR (in_a_row < $2 AND last_failed_at < $3))
                               LIMIT $4))sql"};

std::string_view share_of(bool known_browser) {
  return known_browser ? "known" : "unknown";
}

}  // namespace

net::awaitable<FailedGuesses> find(db::Executor& database, GuessSubject subject) {
  db::Params params(subject);
  const auto rows = co_await database.execute(kFind, std::move(params));
  FailedGuesses found;
  for (const auto& row : rows) found.set(row.text(0), {row.integer(1), row.time(2), row.integer(3)});
  co_return found;
}

net::awaitable<std::map<GuessSubject, FailedGuesses>> find_all(db::Executor& database,
                                                               std::vector<GuessSubject> subjects) {
  std::map<GuessSubject, FailedGuesses> found;
  for (std::size_t at = 0; at < subjects.size(); at += kSubjectsAtOnce) {
    std::vector<db::Value> values;
    for (const auto& subject : std::span(subjects).subspan(at, std::min(kSubjectsAtOnce, subjects.size() - at))) {
      values.emplace_back(db::Bytes(subject.begin(), subject.end()));
    }
    auto params = db::Params::padded(std::move(values), kSubjectsAtOnce);
    const auto rows = co_await database.execute(kFindAll, std::move(params));
    for (const auto& row : rows) {
      GuessSubject subject{};
      std::ranges::copy_n(row.bytes(0).begin(), static_cast<std::ptrdiff_t>(subject.size()), subject.begin());
      found[subject].set(row.text(1), {row.integer(2), row.time(3), row.integer(4)});
    }
  }
  co_return found;
}

net::awaitable<std::int64_t> count(db::Executor& database, GuessSubject subject, bool known_browser, Timestamp now) {
  db::Params params(subject, share_of(known_browser), now);
  const auto rows = co_await database.execute(kCount, std::move(params));
  co_return rows.front().integer(0);
}

net::awaitable<std::optional<std::int64_t>> reserve(db::Executor& database, GuessSubject subject, bool known_browser,
                                                    std::int64_t limit, Timestamp now) {
  db::Params params(subject, share_of(known_browser), limit, now);
  const auto rows = co_await database.execute(kReserve, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return rows.front().integer(0);
}

net::awaitable<void> give_back(db::Executor& database, GuessSubject subject, bool known_browser,
                               FailedGuesses::Share before) {
  db::Params params(subject, share_of(known_browser), before.in_a_row, before.last_failed_at);
  co_await database.execute(kGiveBack, std::move(params));
}

net::awaitable<void> forgive(db::Executor& database, GuessSubject subject) {
  db::Params params(subject);
  co_await database.write(kForgive, std::move(params));
}

net::awaitable<void> forgive_known(db::Executor& database, GuessSubject subject) {
  db::Params params(subject);
  co_await database.write(kForgiveKnown, std::move(params));
}

net::awaitable<void> unlock(db::Executor& database, GuessSubject subject, Timestamp now) {
  db::Params params(subject, now);
  co_await database.write(kUnlock, std::move(params));
}

net::awaitable<void> forget_old(db::Executor& database, Timestamp whole_since, std::int64_t locks_at,
                                Timestamp idle_since, const db::GoOn& go_on) {
  db::Params params(whole_since, locks_at, idle_since);
  co_await db::in_batches(database, kForgetOld, std::move(params), go_on);
}

}  // namespace secureauth::protection::password_guess_store
