#include "accounts/password_credential.hpp"

#include "accounts/user_row.hpp"

namespace secureauth::accounts {
namespace {

constexpr db::Statement kFind{R"sql(
  SELECT id, email, name, email_verified_at, role, status, created_at, password_hash, 1 AS has_account
    FROM users WHERE email_key = $1
  UNION ALL
  SELECT id, email, name, NULL, 'user', 'active', created_at, password_hash, 0
    FROM registrations WHERE email_key = $1 AND expires_at > $2
   ORDER BY has_account DESC, created_at DESC LIMIT 1)sql"};

}  // namespace

net::awaitable<std::optional<PasswordCredential>> find_password_credential(db::Executor& database,
                                                                           std::string email_key, Timestamp now) {
  db::Params params(std::move(email_key), now);
  const auto rows = co_await database.execute(kFind, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  const auto& row = rows.front();
  co_return PasswordCredential{user_from(row), row.text(7)};
}

}  // namespace secureauth::accounts
