#include "mfa/totp/totp_changes.hpp"

#include "accounts/user_store.hpp"

#include <algorithm>

namespace secureauth::mfa {
namespace {

using accounts::Factor;
using sessions::Sessions;

/// Recovery codes go with the last factor that they stand in for.
bool has_factor_beside_totp(const accounts::User& user) {
  return std::ranges::any_of(user.second_factors,
                             [](Factor one) { return one != Factor::totp && one != Factor::recovery_code; });
}

}  // namespace

net::awaitable<Result<TotpAuthenticators::Provision>> TotpChanges::begin(sessions::SessionRef session,
                                                                         ClientInfo client) {
  const auto& id = session->user.id;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<TotpAuthenticators::Provision>> {
    tx.serialize_on(accounts::serial_subject(id));
    const auto account = co_await accounts::user_store::find_by_id(tx, id);
    if (!account) co_return ErrorCode::unauthenticated;
    const auto allowed = sessions::AssurancePolicy::check_again(*session, account->user);
    if (!allowed) co_return allowed.error();
    auto provision = co_await parts_.authenticators.begin(tx, account->user);
    audit::Entry entry{.event = audit::Event::factor_enrolment_started,
                       .actor = id,
                       .subject = id,
                       .session = session->id,
                       .client = client,
                       .details = {{"method", accounts::to_text(Factor::totp)}}};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return provision;
  };
  auto provision = co_await parts_.database.transaction(body);
  co_return provision;
}

net::awaitable<Result<Sessions::Opened>> TotpChanges::disable(sessions::SessionRef session, bool end_other_sessions,
                                                              ClientInfo client) {
  const auto& id = session->user.id;
  FactorChanges::Change change{.session = session,
                               .assurance = session->assurance,
                               .factor = Factor::totp,
                               .event = audit::Event::factor_removed,
                               .notice = mail::Kind::factor_removed,
                               .end_other_sessions = end_other_sessions,
                               .client = std::move(client)};
  Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Sessions::Opened>> {
    ended.clear();
    tx.serialize_on(accounts::serial_subject(id));
    const auto account = co_await accounts::user_store::find_by_id(tx, id);  // the role, the factors as of now
    if (!account) co_return ErrorCode::unauthenticated;
    const auto allowed = sessions::AssurancePolicy::check_again(*session, account->user);
    if (!allowed) co_return allowed.error();
    const bool last = !has_factor_beside_totp(account->user);
    if (last && parts_.policy.demands_factor(account->user.role)) {
      co_return Error(ErrorCode::conflict, "This account must have a second factor, and this is its last one.");
    }
    const bool removed = co_await parts_.authenticators.remove(tx, id);
    if (!removed) co_return Error(ErrorCode::conflict, "There is no authenticator app to remove.");
    auto opened = co_await parts_.changes.finish(tx, change, ended);
    co_return opened;
  };
  auto opened = co_await parts_.sessions.ending(body, ended);
  co_return opened;
}

}  // namespace secureauth::mfa
