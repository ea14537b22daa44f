#include "mfa/passkeys/passkeys.hpp"

#include "accounts/user_store.hpp"
#include "crypto/encoding.hpp"

#include <algorithm>

namespace secureauth::mfa {

using accounts::Factor;
using sessions::Sessions;

net::awaitable<Passkeys::Listed> Passkeys::list(UserId user) {
  Listed listed;
  listed.passkeys = co_await passkey_store::list(parts_.database, user);
  auto handle = co_await passkey_store::find_user_handle(parts_.database, std::move(user));
  if (handle) listed.user_handle = *std::move(handle);
  co_return listed;
}

net::awaitable<bool> Passkeys::stand_beside_password(UserId user) {
  return passkey_store::has_password(parts_.database, std::move(user));
}

net::awaitable<Result<Passkey>> Passkeys::rename(sessions::SessionRef session, PasskeyId id, std::string name,
                                                 ClientInfo client) {
  const auto& user = session->user.id;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Passkey>> {
    auto renamed = co_await passkey_store::rename(tx, user, id, name);
    if (!renamed) co_return ErrorCode::not_found;
    audit::Entry entry{.event = audit::Event::passkey_renamed,
                       .actor = user,
                       .subject = user,
                       .session = session->id,
                       .client = client,
                       .details = {{"passkey", id.text()}}};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return *std::move(renamed);
  };
  auto renamed = co_await parts_.database.transaction(body);
  co_return renamed;
}

net::awaitable<Result<Sessions::Opened>> Passkeys::remove(Removal removal) {
  const auto& user = removal.session->user.id;
  const FactorChanges::Change change{.session = removal.session,
                                     .assurance = removal.session->assurance,
                                     .factor = Factor::webauthn,
                                     .event = audit::Event::factor_removed,
                                     .notice = mail::Kind::factor_removed,
                                     .end_other_sessions = removal.end_other_sessions,
                                     .client = removal.client,
                                     .details = {{"passkey", removal.id.text()}}};
  Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Sessions::Opened>> {
    ended.clear();
    tx.serialize_on(accounts::serial_subject(user));
    const auto allowed = co_await may_go(tx, removal);
    if (!allowed) co_return allowed.error();
    const bool erased = co_await passkey_store::erase(tx, user, removal.id);
    if (!erased) co_return ErrorCode::not_found;
    auto opened = co_await parts_.changes.finish(tx, change, ended);
    co_return opened;
  };
  auto opened = co_await parts_.sessions.ending(body, ended);
  co_return opened;
}

net::awaitable<Result<void>> Passkeys::may_go(db::Transaction& tx, const Removal& removal) {
  const auto& user = removal.session->user.id;
  const auto account = co_await accounts::user_store::find_by_id(tx, user);  // the role, the factors as of now
  if (!account) co_return ErrorCode::unauthenticated;
  const auto allowed = sessions::AssurancePolicy::check_again(*removal.session, account->user);
  if (!allowed) co_return allowed.error();
  const auto passkeys = co_await passkey_store::list(tx, user);
  const auto goes = [&removal](const Passkey& one) { return one.id == removal.id; };
  if (std::ranges::none_of(passkeys, goes)) co_return ErrorCode::not_found;
  const auto opens_alone = [&goes](const Passkey& one) { return !goes(one) && one.user_verified; };
  if (std::ranges::none_of(passkeys, opens_alone)) {
    const bool has_password = co_await passkey_store::has_password(tx, user);
    if (!has_password) co_return Error(ErrorCode::conflict, "This passkey is the only way into the account.");
  }
  if (passkeys.size() > 1) co_return Result<void>{};
  const bool must_have = parts_.policy.demands_factor(account->user.role);
  if (must_have && !account->user.has(Factor::totp)) {
    co_return Error(ErrorCode::conflict, "This account must have a second factor, and this is its last one.");
  }
  co_return Result<void>{};
}

boost::json::object Passkeys::view(const Passkey& passkey) const {
  boost::json::value authenticator;
  if (const auto model = authenticator_name(parts_.settings, passkey.aaguid); !model.empty()) authenticator = model;
  boost::json::value last_used;
  if (passkey.last_used_at) last_used = to_rfc3339(*passkey.last_used_at);
  const boost::json::object attestation{{"format", passkey.attestation_format},
                                        {"type", to_text(passkey.attestation_type)},
                                        {"trusted", passkey.attested}};
  return {{"id", passkey.id.text()},
          {"credential_id", crypto::base64url_encode(passkey.credential_id)},
          {"name", passkey.name},
          {"authenticator", std::move(authenticator)},
          {"aaguid", webauthn::to_text(passkey.aaguid)},
          {"transports", boost::json::array(passkey.transports.begin(), passkey.transports.end())},
          {"user_verified", passkey.user_verified},
          {"backup_eligible", passkey.backup_eligible},
          {"backed_up", passkey.backed_up},
          {"attestation", attestation},
          {"created_at", to_rfc3339(passkey.created_at)},
          {"last_used_at", std::move(last_used)}};
}

net::awaitable<boost::json::array> Passkeys::exported(db::Executor& database, UserId user) {
  const auto passkeys = co_await passkey_store::list(database, std::move(user));
  boost::json::array views;
  for (const auto& passkey : passkeys) views.push_back(view(passkey));
  co_return views;
}

}  // namespace secureauth::mfa
