#include "login/step_up.hpp"

#include "accounts/password_credential.hpp"

#include <algorithm>

namespace secureauth::login {

using sessions::SessionRef;
using sessions::Sessions;

net::awaitable<Result<Sessions::Opened>> StepUp::with_password(SessionRef current, passwords::Password password,
                                                               ClientInfo client) {
  const auto user = current->user.id;
  const auto spent = co_await parts_.guesses.spend(user);
  if (!spent) co_return spent.error();
  const auto credential = co_await accounts::find_password_credential(parts_.database, user);
  if (!credential) co_return ErrorCode::unauthenticated;
  const auto verdict = co_await parts_.hasher.verify(std::move(password), credential->password_hash);
  if (!verdict) co_return verdict.error();
  if (!verdict->matches) {
    co_await record_failure(current, std::move(client));
    co_return ErrorCode::invalid_credentials;
  }
  co_await parts_.guesses.forgive(user);

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

net::awaitable<void> StepUp::record_failure(SessionRef current, ClientInfo client) {
  audit::Entry entry{.event = audit::Event::step_up_failed,
                     .outcome = audit::Outcome::failure,
                     .actor = current->user.id,
                     .subject = current->user.id,
                     .session = current->id,
                     .client = std::move(client),
                     .details = {{"method", "pwd"}}};
  co_await parts_.audit.record(parts_.database, std::move(entry));
}

}  // namespace secureauth::login
