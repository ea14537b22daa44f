#include "admin/user_record_store.hpp"

#include "crypto/uuid.hpp"
#include "passwords/password_hasher.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace secureauth::admin::user_record_store {
namespace {

constexpr std::size_t kColumns = 12;
// To a statement: a transaction of a thousand takes two round trips. SQLite takes 32766 parameters, PostgreSQL 65535.
constexpr std::size_t kRows = 500;
constexpr std::size_t kFewRows = 50;  // of what is left over

/// `($1, $2, …), ($13, …), …`
std::string placeholders(std::size_t rows, std::size_t columns) {
  std::string text;
  for (std::size_t i = 0; i < rows * columns; ++i) {
    text += i % columns == 0 ? (i == 0 ? "($" : "), ($") : ", $";
    text += std::to_string(i + 1);
  }
  return text + ")";
}

std::string insert_sql(std::size_t rows) {
  return R"sql(INSERT INTO users (id, email, email_key, email_verified_at, name, password_hash, role, status, created_at,
                     updated_at, locale, password_must_change)
  VALUES )sql" +
         placeholders(rows, kColumns) + R"sql(
  ON CONFLICT DO NOTHING RETURNING id)sql";
}

// Composed once, then static as db::Statement asks.
db::Statement insert_many() {
  static const std::string sql = insert_sql(kRows);
  return {sql};
}

db::Statement insert_few() {
  static const std::string sql = insert_sql(kFewRows);
  return {sql};
}

db::Statement insert_one() {
  static const std::string sql = insert_sql(1);
  return {sql};
}

db::Statement present() {
  static const std::string sql = "SELECT email_key FROM users WHERE email_key IN " + placeholders(1, kRows);
  return {sql};
}

constexpr db::Statement kPage{R"sql(
  SELECT id, email, email_verified_at, name, password_hash, role, status, created_at, locale, password_must_change
    FROM users WHERE id > $1 ORDER BY id LIMIT $2)sql"};

void append(std::vector<db::Value>& values, const UserRecord& record, Timestamp now) {
  const auto must_change = record.password_must_change
                               ? std::optional(std::string(accounts::to_text(*record.password_must_change)))
                               : std::nullopt;
  const db::Params row(record.id.value().text(), record.email.spelling(), record.email.key(), record.email_verified_at,
                       record.name, record.password_hash.value_or(std::string(passwords::kNoPassword)),
                       accounts::to_text(record.role), accounts::to_text(record.status), record.created_at, now,
                       record.locale, must_change);
  values.insert(values.end(), row.values().begin(), row.values().end());
}

/// The ids of the records that were added.
net::awaitable<std::unordered_set<std::string>> insert_all(db::Executor& database,
                                                           const std::vector<UserRecord>* records, Timestamp now) {
  std::unordered_set<std::string> added;
  std::size_t at = 0;
  while (at < records->size()) {
    const auto left = records->size() - at;
    const auto rows = left >= kRows ? kRows : left >= kFewRows ? kFewRows : 1;
    std::vector<db::Value> values;
    values.reserve(rows * kColumns);
    for (std::size_t i = 0; i < rows; ++i) append(values, records->at(at + i), now);
    const auto statement = rows == kRows ? insert_many() : rows == kFewRows ? insert_few() : insert_one();
    const auto result = co_await database.execute(statement, db::Params::of(std::move(values)));
    for (const auto& row : result) added.insert(row.text(0));
    at += rows;
  }
  co_return added;
}

/// Which of these addresses have an account.
net::awaitable<std::unordered_set<std::string>> taken(db::Executor& database, std::vector<std::string> keys) {
  std::unordered_set<std::string> found;
  for (std::size_t at = 0; at < keys.size(); at += kRows) {
    std::vector<db::Value> values;
    for (std::size_t i = 0; i < kRows; ++i) values.emplace_back(keys[std::min(at + i, keys.size() - 1)]);
    const auto result = co_await database.execute(present(), db::Params::of(std::move(values)));
    for (const auto& row : result) found.insert(row.text(0));
  }
  co_return found;
}

UserRecord record_from(const db::Row& row) {
  auto stored = row.text(4);
  const auto must_change = row.optional_text(9);
  return {.id = UserId(row.text(0)),
          .email = accounts::EmailAddress::parse(row.text(1)).value(),
          .email_verified_at = row.optional_time(2),
          .name = row.optional_text(3),
          .password_hash = stored == passwords::kNoPassword ? std::nullopt : std::optional(std::move(stored)),
          .role = accounts::role_from(row.text(5)).value(),
          .status = accounts::status_from(row.text(6)),
          .created_at = row.time(7),
          .locale = row.text(8),
          .password_must_change =
              must_change ? std::optional(accounts::password_must_change_from(*must_change)) : std::nullopt};
}

}  // namespace

net::awaitable<std::vector<Fate>> insert(db::Executor& database, const std::vector<UserRecord>* records,
                                         Timestamp now) {
  auto added = co_await insert_all(database, records, now);
  std::vector<Fate> fates;
  std::vector<std::string> others;
  for (const auto& record : *records) {
    // Taken off the list: of two records with one id the first was added.
    const bool is_added = added.erase(record.id.value().text()) == 1;
    fates.push_back(is_added ? Fate::added : Fate::address_taken);
    if (!is_added) others.push_back(record.email.key());
  }
  const auto addresses = co_await taken(database, std::move(others));
  for (std::size_t i = 0; i < fates.size(); ++i) {
    const bool by_id = fates[i] == Fate::address_taken && !addresses.contains(records->at(i).email.key());
    if (by_id) fates[i] = Fate::id_taken;
  }
  co_return fates;
}

net::awaitable<std::vector<UserRecord>> page(db::Executor& database, UserId after, int limit) {
  db::Params params(after.text().empty() ? std::string(crypto::kBeforeAll) : after.text(), limit);
  const auto rows = co_await database.execute(kPage, std::move(params));
  std::vector<UserRecord> records;
  for (const auto& row : rows) records.push_back(record_from(row));
  co_return records;
}

}  // namespace secureauth::admin::user_record_store
