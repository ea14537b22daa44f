#include "login/factor_proof.hpp"

namespace secureauth::login {
namespace {

using accounts::Factor;

/// Owners mistype codes where they sign in every day: only somebody else does it so often, or elsewhere.
constexpr std::int64_t kSlips = 2;

/// So many wrong codes before the right one were perhaps not the owner's (ASVS 6.3.5); of sign-ins Admission tells.
constexpr std::int64_t kManyFailures = 5;

Error first_error(const std::optional<Error>& refusal) {
  return refusal.value_or(Error(ErrorCode::internal));
}

}  // namespace

net::awaitable<Result<FactorProof::Opened>> FactorProof::with_totp(Attempt attempt, std::string code, Purpose purpose) {
  Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Settled>> {
    ended.clear();
    tx.serialize_on(accounts::serial_subject(attempt.account.user.id));
    auto settled = co_await settle_totp(tx, attempt, code, purpose, ended);
    co_return settled;
  };
  auto settled = co_await parts_.sessions.ending(body, ended);
  if (!settled) co_return settled.error();
  if (!settled->opened) co_return first_error(settled->refusal);
  co_return settled->opened->session;
}

net::awaitable<Result<FactorProof::Settled>> FactorProof::settle_totp(db::Transaction& tx, const Attempt& attempt,
                                                                      const std::string& code, const Purpose& purpose,
                                                                      Ended& ended) {
  const auto& user = attempt.account.user.id;
  if (const auto admitted = co_await purpose.admit(tx); !admitted) co_return admitted.error();
  Guess guess{user, Factor::totp, attempt.known_browser};
  auto spent = co_await parts_.guesses.spend(tx, std::move(guess));
  if (spent.refusal) co_return *std::move(spent.refusal);
  if (purpose.instead) {
    auto opened = co_await purpose.instead(tx, ended);
    if (!opened) co_return opened.error();
    if (*opened) {
      co_await parts_.guesses.forgive(tx, user, Factor::totp);
      co_return Settled{Recovered{**opened}};
    }
  }
  if (purpose.otherwise) co_return Settled{std::nullopt, purpose.otherwise};
  const auto verdict = co_await parts_.totp.verify(tx, user, code, attempt.client);
  if (!verdict && verdict.error().code == ErrorCode::validation_failed) co_return verdict.error();
  if (!verdict) {
    auto refused = co_await refuse(tx, attempt, Factor::totp, verdict.error().code, std::move(spent));
    co_return refused;
  }
  co_await parts_.guesses.forgive(tx, user, Factor::totp);
  auto opened = co_await purpose.settle(tx, spent.failed_before, ended);
  if (!opened) co_return opened.error();
  co_await tell_of_failures_before(tx, attempt, spent);
  co_return Settled{Recovered{*std::move(opened)}};
}

net::awaitable<Result<FactorProof::Recovered>> FactorProof::with_recovery_code(Attempt attempt, mfa::RecoveryCode code,
                                                                               Purpose purpose) {
  const auto& user = attempt.account.user.id;
  auto begun = co_await begin_recovery(attempt, code, purpose);
  if (!begun) co_return begun.error();
  // The hash is computed outside of any transaction; its guess is counted by now.
  const auto matches = co_await parts_.recovery.matches(std::move(code), begun->found);
  Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Settled>> {
    ended.clear();
    tx.serialize_on(accounts::serial_subject(user));
    if (!matches) {  // refused unseen, it told nobody anything
      Guess guess{user, Factor::recovery_code, attempt.known_browser};
      co_await parts_.guesses.give_back(tx, std::move(guess));
      co_return Settled{std::nullopt, matches.error()};
    }
    auto settled = co_await settle_recovery(tx, attempt, *begun, *matches, purpose, ended);
    co_return settled;
  };
  auto settled = co_await parts_.sessions.ending(body, ended);
  if (!settled) co_return settled.error();
  if (!settled->opened) co_return first_error(settled->refusal);
  co_return *std::move(settled->opened);
}

net::awaitable<Result<FactorProof::Begun>> FactorProof::begin_recovery(const Attempt& attempt,
                                                                       const mfa::RecoveryCode& code,
                                                                       const Purpose& purpose) {
  const auto& user = attempt.account.user.id;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Begun>> {
    tx.serialize_on(accounts::serial_subject(user));
    if (const auto admitted = co_await purpose.admit(tx); !admitted) co_return admitted.error();
    Guess guess{user, Factor::recovery_code, attempt.known_browser};
    auto spent = co_await parts_.guesses.spend(tx, std::move(guess));
    if (spent.refusal) co_return *std::move(spent.refusal);
    auto found = co_await parts_.recovery.find(tx, user, code);
    co_return Begun{std::move(spent), std::move(found)};
  };
  auto begun = co_await parts_.database.transaction(body);
  co_return begun;
}

net::awaitable<Result<FactorProof::Settled>> FactorProof::settle_recovery(db::Transaction& tx, const Attempt& attempt,
                                                                          const Begun& begun, bool matches,
                                                                          const Purpose& purpose, Ended& ended) {
  const auto& user = attempt.account.user.id;
  auto refusal = ErrorCode::mfa_failed;
  bool consumed = false;
  if (matches) {
    consumed = co_await parts_.recovery.consume(tx, user, *begun.found);
    refusal = ErrorCode::code_already_used;
  }
  if (!consumed) {
    auto refused = co_await refuse(tx, attempt, Factor::recovery_code, refusal, begun.spent);
    co_return refused;
  }
  const int remaining = co_await use_up(tx, attempt);
  auto opened = co_await purpose.settle(tx, begun.spent.failed_before, ended);
  if (!opened) co_return opened.error();
  co_await tell_of_failures_before(tx, attempt, begun.spent);
  co_return Settled{Recovered{*std::move(opened), remaining}};
}

net::awaitable<int> FactorProof::use_up(db::Transaction& tx, const Attempt& attempt) {
  const auto& user = attempt.account.user.id;
  co_await parts_.guesses.forgive(tx, user, Factor::recovery_code);
  const int remaining = co_await parts_.recovery.remaining(tx, user);
  audit::Entry entry{.event = audit::Event::recovery_code_used,
                     .actor = user,
                     .subject = user,
                     .session = attempt.session,
                     .client = attempt.client,
                     .details = {{"remaining", remaining}}};
  co_await parts_.audit.record(tx, std::move(entry));
  const accounts::AccountLetters::Details details{.remaining = remaining};
  co_await tell_owner(tx, attempt, mail::Kind::recovery_code_used, mail::Cap::none, details);
  co_return remaining;
}

net::awaitable<FactorProof::Settled> FactorProof::refuse(db::Transaction& tx, const Attempt& attempt, Factor factor,
                                                         ErrorCode code, Spent spent) {
  const auto& user = attempt.account.user.id;
  const auto actor = attempt.session ? std::optional(user) : std::nullopt;
  const bool replayed = code == ErrorCode::code_already_used;
  const boost::json::object method{{"method", accounts::to_text(factor)}};
  const accounts::AccountLetters::Details which{.factor = factor};
  audit::Entry entry{.event = attempt.session ? audit::Event::step_up_failed : audit::Event::login_failed,
                     .outcome = audit::Outcome::failure,
                     .actor = actor,
                     .subject = user,
                     .session = attempt.session,
                     .client = attempt.client,
                     .details = method};
  entry.details["reason"] = replayed ? "code_already_used" : "mfa_failed";
  co_await parts_.audit.record(tx, std::move(entry));
  const bool is_slip = attempt.known_browser && spent.failed_before < kSlips;
  if (replayed) {
    co_await tell_owner(tx, attempt, mail::Kind::code_replayed, mail::Cap::hourly, which);
  } else if (!attempt.session && !is_slip) {
    co_await tell_owner(tx, attempt, mail::Kind::second_factor_failed, mail::Cap::hourly, which);
  }
  if (spent.last) {
    audit::Entry locked{.event = audit::Event::account_locked,
                        .outcome = audit::Outcome::failure,
                        .actor = actor,
                        .subject = user,
                        .session = attempt.session,
                        .client = attempt.client,
                        .details = method};
    co_await parts_.audit.record(tx, std::move(locked));
    const accounts::AccountLetters::Details lock{.factor = factor, .failures = spent.failed_before + 1};
    co_await tell_owner(tx, attempt, mail::Kind::account_locked, mail::Cap::none, lock);
  }
  co_return Settled{std::nullopt, Error(code)};
}

net::awaitable<void> FactorProof::tell_of_failures_before(db::Transaction& tx, const Attempt& attempt,
                                                          const Spent& spent) {
  if (!attempt.session || spent.failed_before < kManyFailures) co_return;
  const accounts::AccountLetters::Details details{.failures = spent.failed_before};
  co_await tell_owner(tx, attempt, mail::Kind::sign_in_after_failures, mail::Cap::none, details);
}

net::awaitable<void> FactorProof::tell_owner(db::Transaction& tx, const Attempt& attempt, mail::Kind kind,
                                             mail::Cap cap, accounts::AccountLetters::Details details) {
  const auto& [user, email_key] = attempt.account;
  accounts::Recipient owner{user.email, email_key, accounts::locale_of(user)};
  auto letter = parts_.letters.notice(kind, std::move(owner), parts_.clock.now(), attempt.client, details);
  co_await parts_.outbox.notify(tx, std::move(letter), cap);
}

}  // namespace secureauth::login
