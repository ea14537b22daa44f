#include "login/passkey_step_up.hpp"

#include <algorithm>

namespace secureauth::login {

namespace {

using accounts::Factor;
using Opened = sessions::Sessions::Opened;

bool opened_by_password(const sessions::Session& session) {
  const auto& amr = session.assurance.amr;
  return std::ranges::find(amr, "pwd") != amr.end();
}

}  // namespace

net::awaitable<Result<boost::json::object>> PasskeyStepUp::start(sessions::SessionRef session) {
  if (!session->user.has(Factor::webauthn)) co_return sessions::AssurancePolicy::step_up_error(session->user);
  auto asked = co_await parts_.requests.of_session(parts_.database, session->user.id, session->token_hash,
                                                   opened_by_password(*session));
  co_return asked;
}

net::awaitable<Result<Opened>> PasskeyStepUp::finish(Finish finish) {
  const auto& session = finish.session;
  PasskeyProof::Attempt attempt{.challenge_id = finish.challenge_id,
                                .purposes = {mfa::PasskeyPurpose::step_up},
                                .binding = session->token_hash,
                                .body = finish.body,
                                .session = session->id,
                                .after_password = opened_by_password(*session),
                                .client = finish.client};
  PasskeyProof::Goal goal;
  goal.settle = [&](db::Transaction& tx, const PasskeyProof::Proven& proven,
                    PasskeyProof::Ended& ended) -> net::awaitable<Result<Opened>> {
    const auto factor = proven.factor(opened_by_password(*session));
    auto assurance = sessions::raised(session->assurance, factor, parts_.clock.now());
    auto opened = co_await parts_.sessions.renew(tx, session, std::move(assurance), finish.client, ended);
    if (!opened) co_return opened.error();
    audit::Entry entry{
        .event = audit::Event::step_up_succeeded,
        .actor = session->user.id,
        .subject = session->user.id,
        .session = opened->id,
        .client = finish.client,
        .details = {{"method", accounts::to_text(Factor::webauthn)}, {"passkey", proven.owned.passkey.id.text()}}};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return opened;
  };
  auto opened = co_await parts_.proof(std::move(attempt), std::move(goal));
  co_return opened;
}

}  // namespace secureauth::login
