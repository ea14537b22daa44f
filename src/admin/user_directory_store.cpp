#include "admin/user_directory_store.hpp"

#include "accounts/user_row.hpp"

namespace secureauth::admin::user_directory_store {
namespace {

// Addresses are compared byte for byte in both stores (migration 0008), so that those with one prefix stand together.
constexpr db::Statement kList{R"sql(
  SELECT id, email, name, email_verified_at, role, status, created_at, locale, password_must_change,
         second_factors, factor_demanded_at, email_key
    FROM users
   WHERE email_key >= $1 AND email_key < $2 AND email_key > $3
     AND role = COALESCE($4, role) AND status = COALESCE($5, status)
   ORDER BY email_key LIMIT $6)sql"};

// What is rare among millions has an index of its own, which a statement must name by its condition.
constexpr db::Statement kListStaff{R"sql(
  SELECT id, email, name, email_verified_at, role, status, created_at, locale, password_must_change,
         second_factors, factor_demanded_at, email_key
    FROM users
   WHERE role <> 'user' AND email_key >= $1 AND email_key < $2 AND email_key > $3
     AND role = $4 AND status = COALESCE($5, status)
   ORDER BY email_key LIMIT $6)sql"};

constexpr db::Statement kListDisabled{R"sql(
  SELECT id, email, name, email_verified_at, role, status, created_at, locale, password_must_change,
         second_factors, factor_demanded_at, email_key
    FROM users
   WHERE status = 'disabled' AND email_key >= $1 AND email_key < $2 AND email_key > $3
     AND role = COALESCE($4, role) AND status = $5
   ORDER BY email_key LIMIT $6)sql"};

constexpr std::string_view kBehindAny = "\U0010FFFF";  // no code point is greater

auto statement_for(const UserFilter& filter) {
  if (filter.role && *filter.role != accounts::Role::user) return kListStaff;
  return filter.status == accounts::Status::disabled ? kListDisabled : kList;
}

template <class T>
std::optional<std::string_view> text_of(const std::optional<T>& value) {
  if (!value) return std::nullopt;
  return accounts::to_text(*value);
}

}  // namespace

net::awaitable<std::vector<accounts::Account>> list(db::Executor& database, UserFilter filter, std::string after,
                                                    int limit) {
  const auto statement = statement_for(filter);
  const auto behind = filter.email_prefix + std::string(kBehindAny);
  db::Params params(filter.email_prefix, behind, std::move(after), text_of(filter.role), text_of(filter.status), limit);
  const auto rows = co_await database.execute(statement, std::move(params));
  std::vector<accounts::Account> accounts;
  for (const auto& row : rows) {
    accounts.push_back({.user = accounts::user_from(row), .email_key = row.text(accounts::kUserColumns)});
  }
  co_return accounts;
}

}  // namespace secureauth::admin::user_directory_store
