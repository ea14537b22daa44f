#include "accounts/profile.hpp"

#include "accounts/user_store.hpp"

namespace secureauth::accounts {

net::awaitable<Result<User>> Profile::rename(sessions::SessionRef session, std::optional<std::string> name,
                                             ClientInfo client) {
  const auto& user = session->user.id;
  const auto now = parts_.clock.now();
  sessions::Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<User>> {
    ended.clear();
    tx.serialize_on(serial_subject(user));
    auto account = co_await user_store::find_by_id(tx, user);
    if (!account) co_return ErrorCode::unauthenticated;
    if (account->user.name == name) co_return std::move(account->user);
    co_await user_store::set_name(tx, user, name, now);
    account->user.name = name;
    co_await parts_.sessions.read_anew(tx, user, ended);  // nothing ends: what the caches hold shows the former name
    audit::Entry entry{.event = audit::Event::profile_changed,
                       .actor = user,
                       .subject = user,
                       .session = session->id,
                       .client = client};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return std::move(account->user);
  };
  auto renamed = co_await parts_.sessions.ending(body, ended);
  co_return renamed;
}

}  // namespace secureauth::accounts
