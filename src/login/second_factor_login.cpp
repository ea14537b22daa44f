#include "login/second_factor_login.hpp"

namespace secureauth::login {

net::awaitable<Result<Admitted>> SecondFactorLogin::with_totp(Request request, std::string code) {
  sessions::FactorProven proof{accounts::Factor::totp, {"pwd", "otp", "mfa"}};
  const auto arrival = co_await arrive(request, std::move(proof));
  if (!arrival) co_return arrival.error();
  auto purpose = purpose_of(request.challenge, *arrival);
  auto attempt = attempt_of(*arrival);
  auto opened = co_await parts_.proof.with_totp(std::move(attempt), std::move(code), std::move(purpose));
  if (!opened) co_return opened.error();
  co_return parts_.admission.let_in(*std::move(opened), *arrival);
}

net::awaitable<Result<SecondFactorLogin::Recovered>> SecondFactorLogin::with_recovery_code(Request request,
                                                                                           mfa::RecoveryCode code) {
  sessions::FactorProven proof{accounts::Factor::recovery_code,
                               {"pwd", "mfa"}};  // RFC 8176 has no name for such a code
  const auto arrival = co_await arrive(request, std::move(proof));
  if (!arrival) co_return arrival.error();
  auto purpose = purpose_of(request.challenge, *arrival);
  auto attempt = attempt_of(*arrival);
  auto opened = co_await parts_.proof.with_recovery_code(std::move(attempt), std::move(code), std::move(purpose));
  if (!opened) co_return opened.error();
  co_return Recovered{parts_.admission.let_in(std::move(opened->session), *arrival), opened->remaining};
}

net::awaitable<Result<Arrival>> SecondFactorLogin::arrive(Request request, sessions::FactorProven proof) {
  auto challenge = co_await challenge_store::find(parts_.database, request.challenge, parts_.clock.now());
  if (!challenge) co_return ErrorCode::challenge_expired;
  co_return Arrival{.account = std::move(challenge->account),
                    .proven = challenge->proven,
                    .amr = std::move(proof.amr),
                    .aal = 2,
                    .factor = proof.factor,
                    .client = std::move(request.client),
                    .presented = request.presented,
                    .known_browser = std::move(request.known_browser),
                    .trust_cookie = std::move(request.trust_cookie)};
}

FactorProof::Attempt SecondFactorLogin::attempt_of(const Arrival& arrival) const {
  return {.account = arrival.account,
          .known_browser = parts_.admission.knows_by_factor(arrival),
          .session = std::nullopt,
          .client = arrival.client};
}

FactorProof::Purpose SecondFactorLogin::purpose_of(PresentedChallenge challenge, const Arrival& arrival) {
  auto admit = [this, challenge](db::Transaction& tx) -> net::awaitable<Result<void>> {
    const bool counted = co_await challenge_store::attempt(tx, challenge, parts_.clock.now());
    if (!counted) co_return ErrorCode::challenge_expired;
    co_return Result<void>{};
  };
  auto settle = [this, challenge, &arrival](db::Transaction& tx, std::int64_t failed_before,
                                            FactorProof::Ended& ended) -> net::awaitable<Result<FactorProof::Opened>> {
    const bool taken = co_await challenge_store::take(tx, challenge, parts_.clock.now());
    if (!taken) co_return ErrorCode::challenge_expired;
    auto here = arrival;
    here.failed_before = failed_before;
    auto sign_in = parts_.admission.sign_in(std::move(here));
    auto opened = co_await parts_.sessions.open(tx, std::move(sign_in), ended);
    co_return opened;
  };
  return {.admit = std::move(admit), .settle = std::move(settle)};
}

}  // namespace secureauth::login
