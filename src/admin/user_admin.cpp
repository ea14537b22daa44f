#include "admin/user_admin.hpp"

#include "accounts/password_credential.hpp"
#include "accounts/user_store.hpp"
#include "admin/command_line.hpp"
#include "crypto/uuid.hpp"

namespace secureauth::admin {
namespace {

namespace user_store = accounts::user_store;
using accounts::Role;
using MustChange = accounts::PasswordMustChange;
using accounts::Status;
using accounts::User;

}  // namespace

net::awaitable<Result<User>> UserAdmin::create(NewUser user) {
  passwords::PasswordOwner owner{.email = user.email.spelling(), .name = user.name};
  const auto verdict = co_await parts_.policy.check(user.password.clone(), std::move(owner));
  if (!verdict) co_return verdict.error();
  auto hash = co_await parts_.hasher.hash(std::move(user.password));
  if (!hash) co_return hash.error();
  const auto now = parts_.clock.now();
  const User made{.id = UserId(crypto::uuid_v7(parts_.random, now)),
                  .email = user.email.spelling(),
                  .name = user.name,
                  .email_verified = true,
                  .role = user.role,
                  .status = Status::active,
                  .created_at = now,
                  .password_must_change = user.keeps_password ? std::nullopt : std::optional(MustChange::initial)};
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<User>> {
    const bool inserted = co_await user_store::insert(tx, made, user.email.key(), *hash);
    if (!inserted) co_return Error(ErrorCode::conflict, "This address has an account already.");
    co_await parts_.guesses.unlock(tx, parts_.guesses.subject_of(user.email.key()));
    audit::Entry entry{.event = audit::Event::user_created,
                       .subject = made.id,
                       .client = command_line(),
                       .details = {{"role", to_text(made.role)}, {"keeps_password", user.keeps_password}}};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return made;
  };
  auto result = co_await parts_.database.transaction(body);
  co_return result;
}

net::awaitable<Result<User>> UserAdmin::find(accounts::EmailAddress email) {
  auto user = co_await user_store::find(parts_.database, email.key());
  if (!user) co_return Error(ErrorCode::not_found, "No account has this address.");
  co_return *std::move(user);
}

net::awaitable<std::vector<User>> UserAdmin::page(UserId after, int limit) {
  auto users = co_await user_store::page(parts_.database, std::move(after), limit);
  co_return users;
}

net::awaitable<Result<User>> UserAdmin::set_role(accounts::EmailAddress email, Role role) {
  Change apply = [role](User& user) { user.role = role; };
  auto result = co_await change(std::move(email), audit::Event::user_role_changed, std::move(apply));
  co_return result;
}

net::awaitable<Result<User>> UserAdmin::set_status(accounts::EmailAddress email, Status status) {
  Change apply = [status](User& user) { user.status = status; };
  auto result = co_await change(std::move(email), audit::Event::user_status_changed, std::move(apply));
  co_return result;
}

net::awaitable<Result<User>> UserAdmin::demand_password_change(accounts::EmailAddress email) {
  Change apply = [](User& user) { user.password_must_change = MustChange::staff; };
  auto result = co_await change(std::move(email), audit::Event::password_change_demanded, std::move(apply));
  co_return result;
}

net::awaitable<Result<User>> UserAdmin::unlock(accounts::EmailAddress email) {
  const auto guessed = parts_.guesses.subject_of(email.key());
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<User>> {
    auto found = co_await user_store::find(tx, email.key());
    if (!found) co_return Error(ErrorCode::not_found, "No account has this address.");
    co_await parts_.guesses.unlock(tx, guessed);
    audit::Entry entry{.event = audit::Event::account_unlocked, .subject = found->id, .client = command_line()};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return *std::move(found);
  };
  auto result = co_await parts_.database.transaction(body);
  co_return result;
}

net::awaitable<Result<User>> UserAdmin::change(accounts::EmailAddress email, audit::Event event, Change apply) {
  const auto now = parts_.clock.now();
  std::vector<sessions::EndedSession> ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<User>> {
    tx.serialize_on(std::string(accounts::kAdministration));
    const auto found = co_await user_store::find(tx, email.key());
    if (!found) co_return Error(ErrorCode::not_found, "No account has this address.");
    tx.serialize_on(accounts::serial_subject(found->id));            // no sign-in decides by the old state meanwhile
    const auto before = co_await user_store::find(tx, email.key());  // and this does not by what was read unlocked
    if (!before) co_return Error(ErrorCode::not_found, "No account has this address.");
    auto after = *before;
    apply(after);
    if (is_active_admin(*before) && !is_active_admin(after)) {
      const bool others = co_await user_store::has_other_admin(tx, before->id);
      if (!others) co_return Error(ErrorCode::conflict, "This is the last active admin.");
    }
    co_await user_store::set_role(tx, after.id, after.role, now);
    co_await user_store::set_status(tx, after.id, after.status, now);
    if (after.password_must_change && after.password_must_change != before->password_must_change) {
      co_await accounts::demand_password_change(tx, after.id, *after.password_must_change);
    }
    ended = co_await parts_.sessions.end_all(tx, after.id, name_of(event), command_line());
    audit::Entry entry{.event = event,
                       .subject = after.id,
                       .client = command_line(),
                       .details = {{"role", to_text(after.role)},
                                   {"status", to_text(after.status)},
                                   {"password_must_change", after.password_must_change.has_value()}}};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return after;
  };
  auto result = co_await parts_.sessions.ending(body, ended);
  co_return result;
}

}  // namespace secureauth::admin
