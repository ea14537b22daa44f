#include "admin/views.hpp"

#include "audit/export/formats.hpp"

namespace secureauth::admin {
namespace {

template <class T>
boost::json::value or_null(const std::optional<T>& value) {
  if (!value) return nullptr;
  return boost::json::value(*value);
}

boost::json::object session_view(const sessions::ListedSession& session) {
  return {{"id", session.id.text()},
          {"created_at", to_rfc3339(session.created_at)},
          {"last_used_at", to_rfc3339(session.last_used_at)},
          {"ip", session.ip},
          {"user_agent", session.user_agent}};
}

boost::json::object guesses_view(const protection::GuessStanding& guesses) {
  boost::json::value until;
  if (guesses.locked_until) until = to_rfc3339(*guesses.locked_until);
  return {{"authenticator", to_text(guesses.authenticator)},
          {"browsers", guesses.known_browsers ? "known" : "unknown"},
          {"failed_in_a_row", guesses.failed_in_a_row},
          {"locked", guesses.locked},
          {"locked_until", std::move(until)}};
}

template <class T>
boost::json::array all(const std::vector<T>& items, boost::json::object (*view)(const T&)) {
  boost::json::array array;
  for (const auto& item : items) array.push_back(view(item));
  return array;
}

}  // namespace

boost::json::object shown(const accounts::User& user) {
  boost::json::array factors;
  for (const auto factor : user.second_factors) factors.emplace_back(to_text(factor));
  boost::json::value must_change;
  if (user.password_must_change) must_change = to_text(*user.password_must_change);
  return {{"id", user.id.text()},
          {"email", user.email},
          {"name", or_null(user.name)},
          {"email_verified", user.email_verified},
          {"role", to_text(user.role)},
          {"status", to_text(user.status)},
          {"locale", user.locale},
          {"password_must_change", std::move(must_change)},
          {"methods", std::move(factors)},
          {"must_enrol_factor", user.must_enrol_factor},
          {"created_at", to_rfc3339(user.created_at)}};
}

boost::json::object shown(const UserDirectory::Details& details) {
  auto object = shown(details.user);
  object["sessions"] = all(details.sessions, session_view);
  object["second_factors"] = details.factors.at("second_factors");
  object["passkeys"] = details.factors.at("passkeys");
  object["guesses"] = all(details.guesses, guesses_view);
  object["recent_events"] = all(details.recent_events, audit::as_jsonl);
  return object;
}

}  // namespace secureauth::admin
