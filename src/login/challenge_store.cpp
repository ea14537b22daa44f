#include "login/challenge_store.hpp"

#include "accounts/user_row.hpp"

namespace secureauth::login::challenge_store {
namespace {

constexpr db::Statement kInsert{R"sql(
  INSERT INTO sign_in_challenges (challenge_hash, browser_hash, user_id, methods, password_version, factors_version,
                                  created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql"};

constexpr db::Statement kFind{R"sql(
  SELECT u.id, u.email, u.name, u.email_verified_at, u.role, u.status, u.created_at, u.locale, u.password_must_change,
         u.second_factors, u.factor_demanded_at, u.email_key, u.password_version, u.factors_version
    FROM sign_in_challenges c JOIN users u ON u.id = c.user_id
   WHERE c.challenge_hash = $1 AND c.browser_hash = $2 AND c.expires_at > $3 AND c.attempts < $4
     AND u.status = 'active' AND u.password_must_change IS NULL
     AND u.password_version = c.password_version AND u.factors_version = c.factors_version)sql"};

// One statement counts and checks: parallel attempts cannot outrun the count.
constexpr db::Statement kAttempt{R"sql(
  UPDATE sign_in_challenges SET attempts = attempts + 1
   WHERE challenge_hash = $1 AND browser_hash = $2 AND expires_at > $3 AND attempts < $4
     AND EXISTS (SELECT 1 FROM users u
                  WHERE u.id = sign_in_challenges.user_id AND u.status = 'active' AND u.password_must_change IS NULL
                    AND u.password_version = sign_in_challenges.password_version
                    AND u.factors_version = sign_in_challenges.factors_version))sql"};

constexpr db::Statement kTake{
    "DELETE FROM sign_in_challenges WHERE challenge_hash = $1 AND browser_hash = $2 AND expires_at > $3"};

constexpr db::Statement kForgetExpired{R"sql(
  DELETE FROM sign_in_challenges
   WHERE challenge_hash IN (SELECT challenge_hash FROM sign_in_challenges WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))sql"};

}  // namespace

net::awaitable<void> insert(db::Executor& database, New challenge) {
  db::Params params(challenge.id.hash, challenge.id.browser, challenge.user.text(), std::move(challenge.methods),
                    challenge.proven.password_version, challenge.proven.factors_version, challenge.created_at,
                    challenge.expires_at);
  co_await database.write(kInsert, std::move(params));
}

net::awaitable<std::optional<Challenge>> find(db::Executor& database, PresentedChallenge id, Timestamp now) {
  db::Params params(id.hash, id.browser, now, kMostAttempts);
  const auto rows = co_await database.execute(kFind, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  const auto& row = rows.front();
  using accounts::kUserColumns;
  co_return Challenge{.account = {accounts::user_from(row), row.text(kUserColumns)},
                      .proven = {row.integer(kUserColumns + 1), row.integer(kUserColumns + 2)}};
}

net::awaitable<bool> attempt(db::Executor& database, PresentedChallenge id, Timestamp now) {
  db::Params params(id.hash, id.browser, now, kMostAttempts);
  const auto result = co_await database.execute(kAttempt, std::move(params));
  co_return result.affected == 1;
}

net::awaitable<bool> take(db::Executor& database, PresentedChallenge id, Timestamp now) {
  db::Params params(id.hash, id.browser, now);
  const auto result = co_await database.execute(kTake, std::move(params));
  co_return result.affected == 1;
}

net::awaitable<void> forget_expired(db::Executor& database, Timestamp now, const db::GoOn& go_on) {
  db::Params params(now);
  co_await db::in_batches(database, kForgetExpired, std::move(params), go_on);
}

}  // namespace secureauth::login::challenge_store
