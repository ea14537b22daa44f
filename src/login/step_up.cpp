#include "login/step_up.hpp"

#include <algorithm>

namespace secureauth::login {

using sessions::SessionRef;
using sessions::Sessions;

net::awaitable<Result<Sessions::Opened>> StepUp::with_password(SessionRef current, passwords::Password password,
                                                               ClientInfo client) {
  const auto user = current->user.id;
  accounts::PasswordProof::Attempt attempt{
      current, std::move(password), client, audit::Event::step_up_failed, {{"method", "pwd"}}};
  const auto proven = co_await parts_.proof(std::move(attempt));
  if (!proven) co_return proven.error();

  const auto now = parts_.clock.now();
  auto assurance = current->assurance;
  assurance.auth_time = now;
  assurance.stepped_up_at = now;
  if (std::ranges::find(assurance.amr, "pwd") == assurance.amr.end()) assurance.amr.emplace_back("pwd");
  Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Sessions::Opened>> {
    ended.clear();
    tx.serialize_on(accounts::serial_subject(user));
    auto opened = co_await parts_.sessions.renew(tx, current, assurance, client, ended);
    if (!opened) co_return opened.error();
    audit::Entry entry{.event = audit::Event::step_up_succeeded,
                       .actor = user,
                       .subject = user,
                       .session = opened->id,
                       .client = client,
                       .details = {{"method", "pwd"}}};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return opened;
  };
  auto opened = co_await parts_.sessions.ending(body, ended);
  co_return opened;
}

}  // namespace secureauth::login
