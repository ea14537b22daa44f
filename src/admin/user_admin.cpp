#include "admin/user_admin.hpp"

#include "accounts/admins_left.hpp"
#include "accounts/password_credential.hpp"
#include "accounts/user_store.hpp"
#include "crypto/uuid.hpp"

#include <utility>

namespace secureauth::admin {
namespace {

namespace user_store = accounts::user_store;
using accounts::Status;
using accounts::User;
using audit::Event;
using sessions::Sessions;
using MustChange = accounts::PasswordMustChange;

/// What a refusal is called in the audit log.
std::string_view reason_of(const Error& refusal) {
  switch (refusal.code) {
    case ErrorCode::not_found:
      return "unknown_account";
    case ErrorCode::conflict:
      return "state";
    case ErrorCode::rate_limited:
      return "mails_of_an_hour";
    default:
      return "not_permitted";
  }
}

}  // namespace

net::awaitable<Result<User>> UserAdmin::create(NewUser user, Operator by) {
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
    co_await parts_.password_guesses.unlock(tx, parts_.password_guesses.subject_of(user.email.key()));
    audit::Entry entry{.event = Event::user_created,
                       .actor = by.actor,
                       .subject = made.id,
                       .session = by.session,
                       .client = by.client,
                       .details = {{"role", to_text(made.role)}, {"keeps_password", user.keeps_password}}};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return made;
  };
  auto result = co_await parts_.database.transaction(body);
  co_return result;
}

net::awaitable<Result<User>> UserAdmin::change(Target target, Change change, Operator by) {
  Work work = [this, change](Task& task) { return change_inside(task, change); };
  Order order{Permission::change_users, OwnAccount::must_not_be, std::move(work)};
  auto result = co_await carry_out(std::move(target), std::move(order), std::move(by));
  co_return result;
}

net::awaitable<Result<void>> UserAdmin::change_inside(Task& task, Change change) {
  const auto before = task.account.user;
  auto& after = task.account.user;
  after.role = change.role.value_or(before.role);
  after.status = change.status.value_or(before.status);
  if (!is_active_admin(after)) {
    const auto left = co_await accounts::check_admins_left(task.tx, before);
    if (!left) co_return left.error();
  }
  const bool other_role = after.role != before.role;
  const bool other_status = after.status != before.status;
  if (!other_role && !other_status) co_return Result<void>{};
  const auto now = parts_.clock.now();
  const auto reason = name_of(other_role ? Event::user_role_changed : Event::user_status_changed);
  task.ended = co_await parts_.sessions.end_all(task.tx, after.id, reason, task.by);
  if (other_role) {
    co_await user_store::set_role(task.tx, after.id, after.role, now);
    boost::json::object details{{"role", to_text(after.role)}, {"former", to_text(before.role)}};
    co_await record(task, Event::user_role_changed, std::move(details));
  }
  if (other_status) {
    co_await user_store::set_status(task.tx, after.id, after.status, now);
    boost::json::object details{{"status", to_text(after.status)}, {"former", to_text(before.status)}};
    co_await record(task, Event::user_status_changed, std::move(details));
  }
  co_return Result<void>{};
}

net::awaitable<Result<User>> UserAdmin::demand_password_change(Target target, Operator by) {
  Work work = [this](Task& task) -> net::awaitable<Result<void>> {
    auto& user = task.account.user;
    user.password_must_change = MustChange::staff;
    co_await accounts::demand_password_change(task.tx, user.id, MustChange::staff);
    task.ended = co_await parts_.sessions.end_all(task.tx, user.id, name_of(Event::password_change_demanded), task.by);
    boost::json::object details{{"reason", "staff"}};
    co_await record(task, Event::password_change_demanded, std::move(details));
    co_return Result<void>{};
  };
  Order order{Permission::demand_password_changes, OwnAccount::may_be, std::move(work)};
  auto result = co_await carry_out(std::move(target), std::move(order), std::move(by));
  co_return result;
}

net::awaitable<Result<User>> UserAdmin::unlock(Target target, Operator by) {
  Work work = [this](Task& task) -> net::awaitable<Result<void>> {
    const auto guessed = parts_.password_guesses.subject_of(task.account.email_key);
    co_await parts_.password_guesses.unlock(task.tx, guessed);
    for (const auto factor : {accounts::Factor::totp, accounts::Factor::recovery_code}) {
      co_await parts_.factor_guesses.forgive(task.tx, task.account.user.id, factor);
    }
    boost::json::object details;
    co_await record(task, Event::account_unlocked, std::move(details));
    co_return Result<void>{};
  };
  Order order{Permission::unlock_users, OwnAccount::may_be, std::move(work)};
  auto result = co_await carry_out(std::move(target), std::move(order), std::move(by));
  co_return result;
}

net::awaitable<Result<User>> UserAdmin::end_sessions(Target target, Operator by) {
  Work work = [this](Task& task) -> net::awaitable<Result<void>> {
    const auto reason = name_of(Event::sessions_revoked);
    task.ended = co_await parts_.sessions.end_all(task.tx, task.account.user.id, reason, task.by);
    boost::json::object details{{"count", task.ended.size()}};
    co_await record(task, Event::sessions_revoked, std::move(details));
    co_return Result<void>{};
  };
  Order order{Permission::end_sessions, OwnAccount::may_be, std::move(work)};
  auto result = co_await carry_out(std::move(target), std::move(order), std::move(by));
  co_return result;
}

net::awaitable<std::uint64_t> UserAdmin::end_everybodys_sessions(Operator by) {
  const auto reason = name_of(Event::sessions_revoked);
  std::uint64_t count = 0;
  Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    ended = co_await parts_.sessions.end_some(tx, reason, by);
    if (ended.size() == Sessions::kMostAtOnce) co_return Result<void>{};
    // With the last of them, so that it is recorded if and only if they all have ended.
    audit::Entry entry{.event = Event::sessions_revoked,
                       .actor = by.actor,
                       .session = by.session,
                       .client = by.client,
                       .details = {{"everybody", true}, {"count", count + ended.size()}}};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return Result<void>{};
  };
  do {
    co_await parts_.sessions.ending(body, ended);
    count += ended.size();
  } while (ended.size() == Sessions::kMostAtOnce);
  co_return count;
}

net::awaitable<Result<User>> UserAdmin::reset_factors(Target target, Operator by) {
  Work work = [this](Task& task) -> net::awaitable<Result<void>> {
    co_await parts_.factor_reset(task.tx, task.account, task.by, task.ended);
    auto now = co_await user_store::find_by_id(task.tx, task.account.user.id);
    if (now) task.account = *std::move(now);
    co_return Result<void>{};
  };
  Order order{Permission::reset_factors, OwnAccount::must_not_be, std::move(work)};
  auto result = co_await carry_out(std::move(target), std::move(order), std::move(by));
  co_return result;
}

net::awaitable<Result<User>> UserAdmin::send_reset(Target target, Operator by) {
  Work work = [this](Task& task) -> net::awaitable<Result<void>> {
    if (task.account.user.status != Status::active) {
      co_return Error(ErrorCode::conflict, "A disabled account gets no link.");
    }
    const bool mailed = co_await parts_.password_reset.send(task.tx, task.account, task.by);
    if (mailed) co_return Result<void>{};
    Error refusal(ErrorCode::rate_limited, "This address had all the reset mails of an hour.");
    refusal.retry_after = std::chrono::hours(1);
    co_return refusal;
  };
  Order order{Permission::send_resets, OwnAccount::may_be, std::move(work)};
  auto result = co_await carry_out(std::move(target), std::move(order), std::move(by));
  co_return result;
}

net::awaitable<Result<User>> UserAdmin::erase(Target target, Operator by) {
  Work work = [this](Task& task) -> net::awaitable<Result<void>> {
    const auto& user = task.account.user;
    const auto left = co_await accounts::check_admins_left(task.tx, user);
    if (!left) co_return left.error();
    co_await parts_.deletion.erase(task.tx, task.account, task.by, task.ended);
    co_return Result<void>{};
  };
  Order order{Permission::delete_users, OwnAccount::must_not_be, std::move(work)};
  auto result = co_await carry_out(std::move(target), std::move(order), std::move(by));
  co_return result;
}

net::awaitable<Result<User>> UserAdmin::carry_out(Target target, Order order, Operator by) {
  Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Settled>> {
    ended.clear();
    auto settled = co_await settle(tx, target, order, by, ended);
    co_return settled;
  };
  auto settled = co_await parts_.sessions.ending(body, ended);
  if (!settled) co_return settled.error();
  if (settled->refusal) co_return *settled->refusal;
  co_return std::move(settled->user);
}

net::awaitable<Result<UserAdmin::Settled>> UserAdmin::settle(db::Transaction& tx, const Target& target,
                                                             const Order& order, const Operator& by,
                                                             Sessions::Ended& ended) {
  tx.serialize_on(std::string(accounts::kAdministration));
  Task task{.tx = tx, .account = {}, .by = by, .ended = ended};
  std::optional<accounts::Account> found;
  auto allowed = co_await check_operator(tx, by, order.permission);
  if (allowed) {
    found = co_await find_target(tx, target);
    if (!found) allowed = Error(ErrorCode::not_found, "There is no such account.");
  }
  if (allowed) {
    tx.serialize_on(accounts::serial_subject(found->user.id));    // no sign-in decides by the old state meanwhile
    found = co_await user_store::find_by_id(tx, found->user.id);  // and this does not by what was read unlocked
    if (!found) allowed = Error(ErrorCode::not_found, "There is no such account.");
  }
  const bool own = found && by.actor == found->user.id;
  if (allowed && own && order.own == OwnAccount::must_not_be) {
    allowed = Error(ErrorCode::forbidden, "Nobody does this to his own account.");
  }
  if (found) task.account = *std::move(found);
  if (allowed) allowed = co_await order.work(task);
  if (allowed) co_return Settled{.user = std::move(task.account.user), .refusal = {}};

  audit::Entry entry{.event = Event::user_change_refused,
                     .outcome = audit::Outcome::failure,
                     .actor = by.actor,
                     .session = by.session,
                     .client = by.client,
                     .details = {{"permission", rule_of(order.permission).name},
                                 {"reason", own ? "own_account" : reason_of(allowed.error())}}};
  if (!task.account.user.id.text().empty()) entry.subject = task.account.user.id;
  co_await parts_.audit.record(tx, std::move(entry));
  co_return Settled{.user = {}, .refusal = allowed.error()};
}

net::awaitable<Result<void>> UserAdmin::check_operator(db::Transaction& tx, const Operator& by,
                                                       Permission permission) const {
  if (!by.actor) co_return Result<void>{};
  const auto account = co_await user_store::find_by_id(tx, *by.actor);
  if (!account || !holds(account->user, permission)) co_return ErrorCode::forbidden;
  co_return Result<void>{};
}

net::awaitable<void> UserAdmin::record(Task& task, Event event, boost::json::object details) const {
  audit::Entry entry{.event = event,
                     .actor = task.by.actor,
                     .subject = task.account.user.id,
                     .session = task.by.session,
                     .client = task.by.client,
                     .details = std::move(details)};
  co_await parts_.audit.record(task.tx, std::move(entry));
}

}  // namespace secureauth::admin
