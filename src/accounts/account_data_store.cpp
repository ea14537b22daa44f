#include "accounts/account_data_store.hpp"

#include "accounts/user.hpp"
#include "audit/recorded_entry.hpp"

namespace secureauth::accounts::account_data_store {
namespace {

constexpr db::Statement kProfile{R"sql(
  SELECT id, email, name, email_verified_at, role, status, locale, created_at, updated_at, password_must_change,
         email_key
    FROM users WHERE id = $1)sql"};

constexpr db::Statement kSessions{R"sql(
  SELECT id, created_at, last_used_at, expires_at, auth_time, stepped_up_at, ip, user_agent, amr, aal
    FROM sessions WHERE user_id = $1 ORDER BY id DESC)sql"};

constexpr db::Statement kLinks{
    "SELECT kind, email, created_at, expires_at FROM one_time_tokens WHERE user_id = $1 ORDER BY id DESC"};

constexpr db::Statement kTotp{
    "SELECT created_at, last_used_at, algorithm, digits, period FROM totp_authenticators WHERE user_id = $1"};

constexpr db::Statement kPasskeys{"SELECT COUNT(*), MAX(last_used_at) FROM webauthn_credentials WHERE user_id = $1"};

constexpr db::Statement kRecoveryCodes{R"sql(
  SELECT MAX(created_at), MAX(used_at), COUNT(*) - COUNT(used_at) FROM recovery_codes WHERE user_id = $1)sql"};

// Where somebody else acted on the account, from where is that person's data and not the owner's.
constexpr db::Statement kEventsAbout{R"sql(
  SELECT id, at, event, outcome,
         CASE WHEN actor_id <> subject_id THEN '' ELSE ip END,
         CASE WHEN actor_id <> subject_id THEN '' ELSE user_agent END,
         CASE WHEN actor_id <> subject_id THEN NULL ELSE session_id END, details
    FROM audit_logs WHERE subject_id = $1 ORDER BY at DESC LIMIT $2)sql"};

// A partial index holds these: few rows have an actor who is not their subject.
constexpr db::Statement kEventsAboutOthers{R"sql(
  SELECT id, at, event, outcome, ip, user_agent, session_id, details
    FROM audit_logs WHERE actor_id = $1 AND actor_id <> subject_id ORDER BY at DESC LIMIT $2)sql"};

boost::json::value text_or_null(const db::Row& row, std::size_t column) {
  const auto text = row.optional_text(column);
  return text ? boost::json::value(*text) : boost::json::value();
}

boost::json::value time_or_null(const db::Row& row, std::size_t column) {
  const auto time = row.optional_time(column);
  return time ? boost::json::value(to_rfc3339(*time)) : boost::json::value();
}

boost::json::array events_from(const db::Rows& rows) {
  boost::json::array events;
  for (const auto& row : rows) {
    events.push_back({{"id", row.text(0)},
                      {"at", row.text(1)},
                      {"event", row.text(2)},
                      {"outcome", row.text(3)},
                      {"ip", row.text(4)},
                      {"user_agent", row.text(5)},
                      {"session_id", text_or_null(row, 6)},
                      {"details", audit::details_from(row.text(7))}});
  }
  return events;
}

}  // namespace

net::awaitable<std::optional<Profile>> profile(db::Executor& database, UserId user) {
  db::Params params(user.text());
  const auto rows = co_await database.execute(kProfile, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  const auto& row = rows.front();
  boost::json::object shown{{"id", row.text(0)},
                            {"email", row.text(1)},
                            {"name", text_or_null(row, 2)},
                            {"email_verified_at", time_or_null(row, 3)},
                            {"role", row.text(4)},
                            {"status", row.text(5)},
                            {"locale", row.text(6)},
                            {"created_at", to_rfc3339(row.time(7))},
                            {"updated_at", to_rfc3339(row.time(8))},
                            {"password_must_change", text_or_null(row, 9)}};
  co_return Profile{std::move(shown), row.text(10)};
}

net::awaitable<boost::json::array> sessions(db::Executor& database, UserId user) {
  db::Params params(user.text());
  const auto rows = co_await database.execute(kSessions, std::move(params));
  boost::json::array sessions;
  for (const auto& row : rows) {
    sessions.push_back({{"id", row.text(0)},
                        {"created_at", to_rfc3339(row.time(1))},
                        {"last_used_at", to_rfc3339(row.time(2))},
                        {"expires_at", to_rfc3339(row.time(3))},
                        {"auth_time", to_rfc3339(row.time(4))},
                        {"stepped_up_at", time_or_null(row, 5)},
                        {"ip", row.text(6)},
                        {"user_agent", row.text(7)},
                        {"amr", row.text(8)},
                        {"aal", row.integer(9)}});
  }
  co_return sessions;
}

net::awaitable<boost::json::array> links(db::Executor& database, UserId user) {
  db::Params params(user.text());
  const auto rows = co_await database.execute(kLinks, std::move(params));
  boost::json::array links;
  for (const auto& row : rows) {
    links.push_back({{"kind", row.text(0)},
                     {"email", text_or_null(row, 1)},
                     {"created_at", to_rfc3339(row.time(2))},
                     {"expires_at", to_rfc3339(row.time(3))}});
  }
  co_return links;
}

net::awaitable<boost::json::array> second_factors(db::Executor& database, UserId user) {
  boost::json::array factors;
  db::Params of_passkeys(user.text());
  const auto passkeys = co_await database.execute(kPasskeys, std::move(of_passkeys));
  if (const auto count = passkeys.front().integer(0); count > 0) {
    factors.push_back({{"method", to_text(Factor::webauthn)},
                       {"credentials", count},
                       {"last_used_at", time_or_null(passkeys.front(), 1)}});
  }
  db::Params of_totp(user.text());
  const auto authenticators = co_await database.execute(kTotp, std::move(of_totp));
  for (const auto& row : authenticators) {
    factors.push_back({{"method", to_text(Factor::totp)},
                       {"created_at", to_rfc3339(row.time(0))},
                       {"last_used_at", to_rfc3339(row.time(1))},
                       {"algorithm", row.text(2)},
                       {"digits", row.integer(3)},
                       {"period", row.integer(4)}});
  }
  db::Params of_codes(user.text());
  const auto codes = co_await database.execute(kRecoveryCodes, std::move(of_codes));
  const auto& row = codes.front();
  if (row.is_null(0)) co_return factors;
  factors.push_back({{"method", to_text(Factor::recovery_code)},
                     {"created_at", to_rfc3339(row.time(0))},
                     {"last_used_at", time_or_null(row, 1)},
                     {"remaining", row.integer(2)}});
  co_return factors;
}

net::awaitable<boost::json::array> events_about(db::Executor& database, UserId user, int most) {
  db::Params params(user.text(), most);
  const auto rows = co_await database.execute(kEventsAbout, std::move(params));
  co_return events_from(rows);
}

net::awaitable<boost::json::array> events_about_others(db::Executor& database, UserId user, int most) {
  db::Params params(user.text(), most);
  const auto rows = co_await database.execute(kEventsAboutOthers, std::move(params));
  co_return events_from(rows);
}

}  // namespace secureauth::accounts::account_data_store
