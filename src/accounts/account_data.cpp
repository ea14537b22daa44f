#include "accounts/account_data.hpp"

#include "accounts/account_data_store.hpp"

namespace secureauth::accounts {
namespace {

boost::json::array shown(const std::vector<mail::Outbox::Sent>& mails) {
  boost::json::array array;
  for (const auto& mail : mails) {
    boost::json::value settled;
    if (mail.settled_at) settled = to_rfc3339(*mail.settled_at);
    array.push_back({{"kind", mail.kind},
                     {"created_at", to_rfc3339(mail.created_at)},
                     {"state", mail.state},
                     {"settled_at", std::move(settled)}});
  }
  return array;
}

}  // namespace

net::awaitable<Result<boost::json::object>> AccountData::of(sessions::SessionRef session, ClientInfo client) {
  const auto& user = session->user.id;
  auto& database = parts_.database;
  audit::Entry entry{.event = audit::Event::user_data_exported,
                     .actor = user,
                     .subject = user,
                     .session = session->id,
                     .client = std::move(client)};
  co_await parts_.audit.record_alone(database, std::move(entry));
  auto profile = co_await account_data_store::profile(database, user);
  if (!profile) co_return ErrorCode::unauthenticated;
  auto sessions = co_await account_data_store::sessions(database, user);
  auto links = co_await account_data_store::links(database, user);
  auto held = co_await factors(user);
  const auto mails = co_await parts_.outbox.history(database, profile->email_key);
  auto about = co_await account_data_store::events_about(database, user, kMostEvents);
  auto others = co_await account_data_store::events_about_others(database, user, kMostEvents);
  const bool truncated = about.size() == kMostEvents || others.size() == kMostEvents;
  boost::json::object data;
  data["account"] = std::move(profile->shown);
  data["sessions"] = std::move(sessions);
  data["links"] = std::move(links);
  data["second_factors"] = std::move(held["second_factors"]);
  data["passkeys"] = std::move(held["passkeys"]);
  data["mails"] = shown(mails);
  data["events"] = std::move(about);
  data["events_about_others"] = std::move(others);
  data["events_truncated"] = truncated;
  co_return data;
}

net::awaitable<boost::json::object> AccountData::factors(UserId user) const {
  auto second_factors = co_await account_data_store::second_factors(parts_.database, user);
  auto passkeys = co_await parts_.passkeys(parts_.database, user);
  boost::json::object held;
  held["second_factors"] = std::move(second_factors);
  held["passkeys"] = std::move(passkeys);
  co_return held;
}

}  // namespace secureauth::accounts
