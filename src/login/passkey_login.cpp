#include "login/passkey_login.hpp"

#include "core/even_answer.hpp"

namespace secureauth::login {
namespace {

using accounts::Factor;
using mfa::PasskeyPurpose;

/// The pending sign-in that a second factor was asked for in.
PresentedChallenge pending_of(const mfa::PasskeyChallenge& challenge) {
  return {challenge.sign_in.value(), challenge.binding};
}

}  // namespace

net::awaitable<boost::json::object> PasskeyLogin::start(std::optional<accounts::EmailAddress> email,
                                                        sessions::PreSessionToken browser) {
  const auto began = std::chrono::steady_clock::now();
  if (!email) {
    auto asked = co_await parts_.requests.of_anybody(parts_.database, browser.hash());
    co_return asked;
  }
  auto asked = co_await parts_.requests.of_address(parts_.database, email->key(), browser.hash());
  co_await even_out(began);  // an account's passkeys are looked up, and nobody's are made up (ASVS 6.3.8)
  co_return asked;
}

net::awaitable<Result<boost::json::object>> PasskeyLogin::start_second_factor(PresentedChallenge sign_in) {
  const auto pending = co_await challenge_store::find(parts_.database, sign_in, parts_.clock.now());
  if (!pending) co_return ErrorCode::challenge_expired;
  const auto& user = pending->account.user;
  if (!user.has(Factor::webauthn)) co_return Error(ErrorCode::conflict, "The account has no passkey.");
  auto asked = co_await parts_.requests.of_second_factor(parts_.database, user.id, sign_in.hash, sign_in.browser);
  co_return asked;
}

net::awaitable<Result<Admitted>> PasskeyLogin::finish(Finish finish) {
  const auto began = std::chrono::steady_clock::now();
  PasskeyProof::Attempt attempt{.challenge_id = finish.challenge_id,
                                .purposes = {PasskeyPurpose::sign_in, PasskeyPurpose::second_factor},
                                .binding = finish.browser.hash(),
                                .body = finish.body,
                                .session = std::nullopt,
                                .client = finish.client};
  std::optional<Challenge> pending;
  std::optional<Arrival> arrival;
  PasskeyProof::Goal goal;
  goal.admit = [&](const mfa::PasskeyChallenge& challenge) -> net::awaitable<Result<std::optional<accounts::Account>>> {
    std::optional<accounts::Account> waiting;
    if (!challenge.sign_in) co_return waiting;
    const auto now = parts_.clock.now();
    pending = co_await challenge_store::find(parts_.database, pending_of(challenge), now);
    const bool counted = co_await challenge_store::attempt(parts_.database, pending_of(challenge), now);
    if (!pending || !counted) co_return ErrorCode::challenge_expired;
    waiting = pending->account;
    co_return waiting;
  };
  goal.settle = [&](db::Transaction& tx, const PasskeyProof::Proven& proven,
                    PasskeyProof::Ended& ended) -> net::awaitable<Result<PasskeyProof::Opened>> {
    arrival = arrive(proven, pending, finish);
    if (pending) {
      const bool taken = co_await challenge_store::take(tx, pending_of(proven.challenge), parts_.clock.now());
      if (!taken) co_return ErrorCode::challenge_expired;
    }
    auto sign_in = parts_.admission.sign_in(*arrival);
    auto opened = co_await parts_.sessions.open(tx, std::move(sign_in), ended);
    co_return opened;
  };
  auto opened = co_await parts_.proof(std::move(attempt), std::move(goal));
  if (!opened) {
    // What the proof itself refused it has recorded, though a run of its transaction that was begun again got this far.
    const bool recorded = opened.error().code == ErrorCode::mfa_failed;
    if (arrival && !recorded) co_await record_failure(arrival->account.user.id, opened.error().code, finish.client);
    // A signature was looked at only where the address has a passkey (ASVS 6.3.8).
    co_await even_out(began);
    co_return opened.error();
  }
  co_return parts_.admission.let_in(*std::move(opened), *arrival);
}

Arrival PasskeyLogin::arrive(const PasskeyProof::Proven& proven, const std::optional<Challenge>& pending,
                             const Finish& finish) {
  const auto& [owned, assertion, challenge] = proven;
  const bool after_password = pending.has_value();
  auto factor = proven.factor(after_password);
  if (after_password) factor.amr.insert(factor.amr.begin(), "pwd");
  // After a password: what stood when that was right. Another one since, or other factors, and nothing opens.
  const sessions::Proven now{owned.password_version, owned.factors_version};
  return {.account = owned.account,
          .proven = pending ? pending->proven : now,
          .amr = std::move(factor.amr),
          .aal = after_password || assertion.user_verified ? 2 : 1,
          .passkey = owned.passkey.id.text(),
          .factor = factor.factor,
          .client = finish.client,
          .presented = finish.presented,
          .known_browser = finish.known_browser,
          .trust_cookie = finish.trust_cookie};
}

net::awaitable<void> PasskeyLogin::record_failure(UserId user, ErrorCode refusal, ClientInfo client) {
  audit::Entry entry{.event = audit::Event::login_failed,
                     .outcome = audit::Outcome::failure,
                     .subject = std::move(user),
                     .client = std::move(client),
                     .details = {{"method", accounts::to_text(Factor::webauthn)}, {"reason", refusal_reason(refusal)}}};
  co_await parts_.audit.record_alone(parts_.database, std::move(entry));
}

}  // namespace secureauth::login
