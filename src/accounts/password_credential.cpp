#include "accounts/password_credential.hpp"

namespace secureauth::accounts {
namespace {

constexpr db::Statement kFind{R"sql(
  SELECT id, email, name, 1 AS verified, role, status, created_at, password_hash
    FROM users WHERE email_key = $1
  UNION ALL
  SELECT id, email, name, 0, 'user', 'active', created_at, password_hash
    FROM registrations WHERE email_key = $1 AND expires_at > $2
   ORDER BY verified DESC, created_at DESC LIMIT 1)sql"};

}  // namespace

net::awaitable<std::optional<PasswordCredential>> find_password_credential(db::Executor& database,
                                                                           std::string email_key, Timestamp now) {
  db::Params params(std::move(email_key), now);
  const auto rows = co_await database.execute(kFind, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  const auto& row = rows.front();
  User user{.id = UserId(row.text(0)),
            .email = row.text(1),
            .name = row.optional_text(2),
            .email_verified = row.integer(3) == 1,
            .role = role_from(row.text(4)).value(),
            .status = status_from(row.text(5)),
            .created_at = row.time(6)};
  co_return PasswordCredential{std::move(user), row.text(7)};
}

}  // namespace secureauth::accounts
