#include "accounts/password_credential.hpp"

#include "accounts/user_row.hpp"

namespace secureauth::accounts {
namespace {

constexpr db::Statement kFindByAddress{R"sql(
  SELECT id, email, name, email_verified_at, role, status, created_at, locale, password_must_change,
         second_factors, factor_demanded_at, email_key, password_hash, password_version, factors_version,
         'account' AS kind, 0 AS in_a_row, 0 AS unlocked
    FROM users WHERE email_key = $1
  UNION ALL
  SELECT * FROM (
    SELECT id, email, name, CAST(NULL AS timestamptz) AS email_verified_at, 'user' AS role, 'active' AS status,
           created_at, locale, NULL AS password_must_change, '' AS second_factors,
           CAST(NULL AS timestamptz) AS factor_demanded_at, email_key, password_hash, 0 AS password_version,
           0 AS factors_version, 'registration' AS kind, 0 AS in_a_row,
           0 AS unlocked
      FROM registrations WHERE email_key = $1 AND expires_at > $2 ORDER BY created_at DESC, id DESC LIMIT 1) AS newest
  UNION ALL
  SELECT NULL, '', NULL, NULL, '', '', last_failed_at, '', NULL, '', NULL, '', '', 0, 0, share, in_a_row, unlocked
    FROM login_guesses WHERE subject = $3)sql"};

constexpr std::size_t kCreatedAt = 6;  // of a User; of failed guesses the time of the last one
constexpr std::size_t kKind = kUserColumns + 4;

constexpr db::Statement kFindByUser{R"sql(
  SELECT id, email, name, email_verified_at, role, status, created_at, locale, password_must_change,
         second_factors, factor_demanded_at, email_key, password_hash, password_version, factors_version
    FROM users WHERE id = $1)sql"};

constexpr db::Statement kReplaceHash{"UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2"};

constexpr db::Statement kCountHashes{R"sql(
  SELECT (SELECT count(*) FROM users WHERE password_hash LIKE $1)
       + (SELECT count(*) FROM registrations WHERE password_hash LIKE $1))sql"};

constexpr db::Statement kDemandChange{"UPDATE users SET password_must_change = $2 WHERE id = $1"};

PasswordCredential credential_from(const db::Row& row) {
  return {.user = user_from(row),
          .email_key = row.text(kUserColumns),
          .password_hash = row.text(kUserColumns + 1),
          .version = row.integer(kUserColumns + 2),
          .factors_version = row.integer(kUserColumns + 3)};
}

}  // namespace

net::awaitable<PasswordCredentials> find_password_credentials(db::Executor& database, std::string email_key,
                                                              protection::GuessSubject subject, Timestamp now) {
  db::Params params(std::move(email_key), now, subject);
  const auto rows = co_await database.execute(kFindByAddress, std::move(params));
  PasswordCredentials found;
  for (const auto& row : rows) {
    const auto& kind = row.text(kKind);
    if (kind == "account") {
      found.account = credential_from(row);
    } else if (kind == "registration") {
      found.registration = credential_from(row);
    } else {
      found.failed.set(kind, {row.integer(kKind + 1), row.time(kCreatedAt), row.integer(kKind + 2)});
    }
  }
  co_return found;
}

net::awaitable<std::optional<PasswordCredential>> find_password_credential(db::Executor& database, UserId user) {
  db::Params params(user.text());
  const auto rows = co_await database.execute(kFindByUser, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return credential_from(rows.front());
}

net::awaitable<void> replace_password_hash(db::Executor& database, UserId user, std::string old_hash,
                                           std::string new_hash) {
  db::Params params(user.text(), std::move(old_hash), std::move(new_hash));
  co_await database.write(kReplaceHash, std::move(params));
}

net::awaitable<std::int64_t> count_password_hashes(db::Executor& database, std::string pattern) {
  db::Params params(std::move(pattern));
  const auto rows = co_await database.execute(kCountHashes, std::move(params));
  co_return rows.front().integer(0);
}

net::awaitable<void> demand_password_change(db::Executor& database, UserId user, PasswordMustChange reason) {
  db::Params params(user.text(), to_text(reason));
  co_await database.write(kDemandChange, std::move(params));
}

}  // namespace secureauth::accounts
