#include "mfa/totp/totp_store.hpp"

#include <stdexcept>

namespace secureauth::mfa::totp_store {
namespace {

constexpr db::Statement kFind{R"sql(
  SELECT secret, algorithm, digits, period, drift, last_step, created_at, last_used_at
    FROM totp_authenticators WHERE user_id = $1)sql"};

constexpr db::Statement kPut{R"sql(
  INSERT INTO totp_authenticators (user_id, secret, algorithm, digits, period, drift, last_step, created_at, last_used_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (user_id) DO UPDATE
    SET secret = excluded.secret, algorithm = excluded.algorithm, digits = excluded.digits, period = excluded.period,
        drift = excluded.drift, last_step = excluded.last_step, created_at = excluded.created_at,
        last_used_at = excluded.last_used_at)sql"};

// One statement decides: of equal codes at once the first moves the step, and the others find it moved (RFC 6238 §5.2).
constexpr db::Statement kAdvance{R"sql(
  UPDATE totp_authenticators SET last_step = $2, drift = $3, last_used_at = $4
   WHERE user_id = $1 AND last_step < $2)sql"};

constexpr db::Statement kErase{"DELETE FROM totp_authenticators WHERE user_id = $1"};

constexpr db::Statement kFindPending{R"sql(
  SELECT secret, algorithm, digits, period, created_at, expires_at
    FROM totp_enrolments WHERE user_id = $1 AND expires_at > $2)sql"};

constexpr db::Statement kPutPending{R"sql(
  INSERT INTO totp_enrolments (user_id, secret, algorithm, digits, period, created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (user_id) DO UPDATE
    SET secret = excluded.secret, algorithm = excluded.algorithm, digits = excluded.digits, period = excluded.period,
        created_at = excluded.created_at, expires_at = excluded.expires_at)sql"};

constexpr db::Statement kErasePending{"DELETE FROM totp_enrolments WHERE user_id = $1"};

constexpr db::Statement kForgetExpired{R"sql(
  DELETE FROM totp_enrolments
   WHERE user_id IN (SELECT user_id FROM totp_enrolments WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))sql"};

constexpr db::Statement kPage{
    "SELECT user_id, secret FROM totp_authenticators WHERE user_id > $1 ORDER BY user_id LIMIT $2"};
constexpr db::Statement kPagePending{
    "SELECT user_id, secret FROM totp_enrolments WHERE user_id > $1 ORDER BY user_id LIMIT $2"};

// Only over what was read: a set-up or another rotation that came between keeps what it wrote.
constexpr db::Statement kReplace{"UPDATE totp_authenticators SET secret = $3 WHERE user_id = $1 AND secret = $2"};
constexpr db::Statement kReplacePending{"UPDATE totp_enrolments SET secret = $3 WHERE user_id = $1 AND secret = $2"};

constexpr std::string_view kBeforeAllIds = "00000000-0000-0000-0000-000000000000";

TotpParameters parameters_from(const db::Row& row) {
  const auto algorithm = totp_algorithm_from(row.text(1));
  if (!algorithm) throw std::logic_error("an algorithm that the schema does not allow");
  return {*algorithm, static_cast<int>(row.integer(2)), std::chrono::seconds(row.integer(3))};
}

}  // namespace

net::awaitable<std::optional<Active>> find(db::Executor& database, UserId user) {
  db::Params params(user.text());
  const auto rows = co_await database.execute(kFind, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  const auto& row = rows.front();
  co_return Active{.secret = row.bytes(0),
                   .parameters = parameters_from(row),
                   .position = {.drift = static_cast<int>(row.integer(4)), .last_step = row.integer(5)},
                   .created_at = row.time(6),
                   .last_used_at = row.time(7)};
}

net::awaitable<void> put(db::Executor& database, UserId user, Active authenticator) {
  const auto& parameters = authenticator.parameters;
  const auto& position = authenticator.position;
  db::Params params(user.text(), std::move(authenticator.secret), to_text(parameters.algorithm), parameters.digits,
                    std::int64_t{parameters.period.count()}, position.drift, position.last_step,
                    authenticator.created_at, authenticator.last_used_at);
  co_await database.write(kPut, std::move(params));
}

net::awaitable<bool> advance(db::Executor& database, UserId user, TotpPosition position, Timestamp now) {
  db::Params params(user.text(), position.last_step, position.drift, now);
  const auto rows = co_await database.execute(kAdvance, std::move(params));
  co_return rows.affected > 0;
}

net::awaitable<bool> erase(db::Executor& database, UserId user) {
  db::Params params(user.text());
  const auto rows = co_await database.execute(kErase, std::move(params));
  co_return rows.affected > 0;
}

net::awaitable<std::optional<Pending>> find_pending(db::Executor& database, UserId user, Timestamp now) {
  db::Params params(user.text(), now);
  const auto rows = co_await database.execute(kFindPending, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  const auto& row = rows.front();
  co_return Pending{
      .secret = row.bytes(0), .parameters = parameters_from(row), .created_at = row.time(4), .expires_at = row.time(5)};
}

net::awaitable<void> put_pending(db::Executor& database, UserId user, Pending enrolment) {
  const auto& parameters = enrolment.parameters;
  db::Params params(user.text(), std::move(enrolment.secret), to_text(parameters.algorithm), parameters.digits,
                    std::int64_t{parameters.period.count()}, enrolment.created_at, enrolment.expires_at);
  co_await database.write(kPutPending, std::move(params));
}

net::awaitable<void> erase_pending(db::Executor& database, UserId user) {
  db::Params params(user.text());
  co_await database.write(kErasePending, std::move(params));
}

net::awaitable<void> forget_expired(db::Executor& database, Timestamp now, const db::GoOn& go_on) {
  db::Params params(now);
  co_await db::in_batches(database, kForgetExpired, std::move(params), go_on);
}

net::awaitable<std::vector<Sealed>> page(db::Executor& database, Shelf shelf, UserId after, int limit) {
  const auto& statement = shelf == Shelf::authenticators ? kPage : kPagePending;
  db::Params params(after.text().empty() ? std::string(kBeforeAllIds) : after.text(), limit);
  const auto rows = co_await database.execute(statement, std::move(params));
  std::vector<Sealed> page;
  for (const auto& row : rows) page.push_back({UserId(row.text(0)), row.bytes(1)});
  co_return page;
}

net::awaitable<bool> replace(db::Executor& database, Shelf shelf, Sealed now, db::Bytes resealed) {
  const auto& statement = shelf == Shelf::authenticators ? kReplace : kReplacePending;
  db::Params params(now.user.text(), std::move(now.secret), std::move(resealed));
  const auto rows = co_await database.execute(statement, std::move(params));
  co_return rows.affected > 0;
}

}  // namespace secureauth::mfa::totp_store
