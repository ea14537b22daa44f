#include "app/after_restore.hpp"

#include "accounts/credential_versions.hpp"
#include "accounts/one_time_token_store.hpp"
#include "accounts/registration_store.hpp"
#include "admin/operator.hpp"
#include "login/challenge_store.hpp"
#include "mfa/recovery/recovery_store.hpp"
#include "mfa/totp/totp_store.hpp"

namespace secureauth::app {
namespace {

// A time by which all that ever runs out has, however long it would live.
constexpr auto kForAll = Timestamp(std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}.time_since_epoch());

}  // namespace

net::awaitable<std::uint64_t> void_restored(Components& components, bool recovery_codes) {
  auto& database = *components.database;
  const auto by = admin::command_line_operator();
  // First what lets somebody in by itself.
  const auto sessions = co_await components.user_admin.end_everybodys_sessions(by);
  co_await accounts::credential_versions::move_ahead(database, components.clock.now());
  co_await accounts::one_time_token_store::forget_expired(database, kForAll);
  co_await accounts::registration_store::forget_expired(database, kForAll);
  co_await login::challenge_store::forget_expired(database, kForAll);
  co_await mfa::totp_store::forget_expired(database, kForAll);
  co_await mfa::PasskeyChallenges::forget_ending(database, kForAll);
  if (recovery_codes) co_await mfa::recovery_store::discard_all(database);
  audit::Entry entry{.event = audit::Event::backup_restored,
                     .client = by.client,
                     .details = {{"count", sessions}, {"recovery_codes", recovery_codes}}};
  co_await components.audit.record_alone(database, std::move(entry));
  co_return sessions;
}

}  // namespace secureauth::app
