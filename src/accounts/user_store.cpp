#include "accounts/user_store.hpp"

#include "accounts/user_row.hpp"

namespace secureauth::accounts::user_store {
namespace {

constexpr db::Statement kInsert{R"sql(
  INSERT INTO users (id, email, email_key, email_verified_at, name, password_hash, role, status, created_at, updated_at,
                     locale, password_must_change)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $4, $4, $9, $10)
  ON CONFLICT (email_key) DO NOTHING)sql"};

constexpr db::Statement kFind{R"sql(
  SELECT id, email, name, email_verified_at, role, status, created_at, locale, password_must_change,
         second_factors, factor_demanded_at
    FROM users WHERE email_key = $1)sql"};

constexpr db::Statement kFindById{R"sql(
  SELECT id, email, name, email_verified_at, role, status, created_at, locale, password_must_change,
         second_factors, factor_demanded_at, email_key
    FROM users WHERE id = $1)sql"};

constexpr db::Statement kSetRole{"UPDATE users SET role = $2, updated_at = $3 WHERE id = $1"};

// With another status the sign-ins that wait for a second factor are void for good: enabling brings none back.
constexpr db::Statement kSetStatus{R"sql(
  UPDATE users SET factors_version = factors_version + CASE WHEN status <> $2 THEN 1 ELSE 0 END,
         status = $2, updated_at = $3
   WHERE id = $1)sql"};

constexpr db::Statement kHasAny{"SELECT 1 FROM users LIMIT 1"};

constexpr db::Statement kHasOtherAdmin{
    "SELECT 1 FROM users WHERE role = 'admin' AND status = 'active' AND id <> $1 LIMIT 1"};

constexpr db::Statement kSetPassword{R"sql(
  UPDATE users SET password_hash = $2, password_version = password_version + 1, updated_at = $3
   WHERE id = $1 AND status = 'active' AND password_must_change IS NULL)sql"};

constexpr db::Statement kResetPassword{R"sql(
  UPDATE users SET password_hash = $2, password_version = password_version + 1, password_must_change = NULL,
         name = CASE WHEN email_verified_at IS NULL THEN NULL ELSE name END,
         email_verified_at = COALESCE(email_verified_at, $3), updated_at = $3
   WHERE id = $1 AND status = 'active')sql"};

constexpr db::Statement kSetEmail{R"sql(
  UPDATE users SET email = $3, email_key = $4, email_verified_at = $5, updated_at = $5
   WHERE id = $1 AND email_key = $2 AND status = 'active')sql"};

constexpr db::Statement kSetName{"UPDATE users SET name = $2, updated_at = $3 WHERE id = $1"};

constexpr db::Statement kErase{"DELETE FROM users WHERE id = $1"};

}  // namespace

net::awaitable<bool> insert(db::Executor& database, User user, std::string email_key, std::string password_hash) {
  std::optional<std::string_view> must_change;
  if (user.password_must_change) must_change = to_text(*user.password_must_change);
  db::Params params(user.id.text(), user.email, std::move(email_key), user.created_at, user.name,
                    std::move(password_hash), to_text(user.role), to_text(user.status), user.locale, must_change);
  const auto result = co_await database.execute(kInsert, std::move(params));
  co_return result.affected == 1;
}

net::awaitable<std::optional<User>> find(db::Executor& database, std::string email_key) {
  db::Params params(std::move(email_key));
  const auto rows = co_await database.execute(kFind, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return user_from(rows.front());
}

net::awaitable<std::optional<Account>> find_by_id(db::Executor& database, UserId id) {
  db::Params params(id.text());
  const auto rows = co_await database.execute(kFindById, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return Account{.user = user_from(rows.front()), .email_key = rows.front().text(kUserColumns)};
}

net::awaitable<void> set_role(db::Executor& database, UserId id, Role role, Timestamp now) {
  db::Params params(id.text(), to_text(role), now);
  co_await database.execute(kSetRole, std::move(params));
}

net::awaitable<void> set_status(db::Executor& database, UserId id, Status status, Timestamp now) {
  db::Params params(id.text(), to_text(status), now);
  co_await database.execute(kSetStatus, std::move(params));
}

net::awaitable<bool> has_any(db::Executor& database) {
  const auto rows = co_await database.execute(kHasAny, db::Params());
  co_return !rows.empty();
}

net::awaitable<bool> has_other_admin(db::Executor& database, UserId id) {
  db::Params params(id.text());
  const auto rows = co_await database.execute(kHasOtherAdmin, std::move(params));
  co_return !rows.empty();
}

net::awaitable<bool> set_password(db::Executor& database, UserId id, std::string hash, Timestamp now) {
  db::Params params(id.text(), std::move(hash), now);
  const auto result = co_await database.execute(kSetPassword, std::move(params));
  co_return result.affected == 1;
}

net::awaitable<bool> reset_password(db::Executor& database, UserId id, std::string hash, Timestamp now) {
  db::Params params(id.text(), std::move(hash), now);
  const auto result = co_await database.execute(kResetPassword, std::move(params));
  co_return result.affected == 1;
}

net::awaitable<bool> set_email(db::Executor& database, UserId id, std::string old_key, std::string email,
                               std::string email_key, Timestamp now) {
  db::Params params(id.text(), std::move(old_key), std::move(email), std::move(email_key), now);
  const auto result = co_await database.execute(kSetEmail, std::move(params));
  co_return result.affected == 1;
}

net::awaitable<void> set_name(db::Executor& database, UserId id, std::optional<std::string> name, Timestamp now) {
  db::Params params(id.text(), std::move(name), now);
  co_await database.execute(kSetName, std::move(params));
}

net::awaitable<void> erase(db::Executor& database, UserId id) {
  db::Params params(id.text());
  co_await database.execute(kErase, std::move(params));
}

}  // namespace secureauth::accounts::user_store
