#include "admin/user_directory.hpp"

#include <utility>

namespace secureauth::admin {
namespace {

/// An address is not for the log: that one was looked for is.
boost::json::object described(const UserFilter& filter) {
  boost::json::object details;
  if (!filter.email_prefix.empty()) details["by_email_prefix"] = true;
  if (filter.role) details["role"] = to_text(*filter.role);
  if (filter.status) details["status"] = to_text(*filter.status);
  return details;
}

}  // namespace

net::awaitable<UserDirectory::Page> UserDirectory::list(UserFilter filter, std::optional<std::string> after, int limit,
                                                        Operator by) {
  audit::Entry entry{.event = audit::Event::users_listed,
                     .actor = by.actor,
                     .session = by.session,
                     .client = std::move(by.client),
                     .details = described(filter)};
  co_await parts_.audit.record_alone(parts_.database, std::move(entry));
  auto page = co_await further(std::move(filter), std::move(after).value_or(""), limit);
  co_return page;
}

net::awaitable<UserDirectory::Page> UserDirectory::further(UserFilter filter, std::string after, int limit) {
  auto accounts = co_await user_directory_store::list(parts_.database, std::move(filter), std::move(after), limit);
  Page page;
  if (std::cmp_equal(accounts.size(), limit)) page.next = accounts.back().email_key;
  for (auto& account : accounts) page.users.push_back(std::move(account.user));
  co_return page;
}

net::awaitable<Result<UserDirectory::Details>> UserDirectory::view(Target target, Operator by) {
  const auto account = co_await find_target(parts_.database, std::move(target));
  audit::Entry entry{.event = audit::Event::user_viewed,
                     .outcome = account ? audit::Outcome::success : audit::Outcome::failure,
                     .actor = by.actor,
                     .session = by.session,
                     .client = std::move(by.client)};
  if (account) entry.subject = account->user.id;
  co_await parts_.audit.record_alone(parts_.database, std::move(entry));
  if (!account) co_return Error(ErrorCode::not_found, "There is no such account.");

  const auto& id = account->user.id;
  Details details{.user = account->user, .sessions = {}, .factors = {}, .guesses = {}, .recent_events = {}};
  auto sessions = co_await parts_.sessions.list(id, std::nullopt, kMostSessions);
  details.sessions = std::move(sessions.sessions);
  details.factors = co_await parts_.data.factors(id);
  const auto subject = parts_.password_guesses.subject_of(account->email_key);
  details.guesses = co_await parts_.password_guesses.standing(parts_.database, subject);
  auto codes = co_await parts_.factor_guesses.standing(parts_.database, id);
  details.guesses.insert(details.guesses.end(), codes.begin(), codes.end());
  audit::SearchFilter about{.subject = id};
  auto events = co_await audit::search(parts_.database, std::move(about), std::nullopt, kRecentEvents);
  details.recent_events = std::move(events.entries);
  co_return details;
}

}  // namespace secureauth::admin
