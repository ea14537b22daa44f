#include "login/second_factor_login.hpp"

namespace secureauth::login {

net::awaitable<Result<Admitted>> SecondFactorLogin::with_totp(Request request, std::string code) {
  std::vector<std::string> amr{"pwd", "otp", "mfa"};  // RFC 8176
  const auto arrival = co_await arrive(request, std::move(amr));
  if (!arrival) co_return arrival.error();
  auto purpose = purpose_of(request.challenge, *arrival);
  auto attempt = attempt_of(*arrival);
  auto opened = co_await parts_.proof.with_totp(std::move(attempt), std::move(code), std::move(purpose));
  if (!opened) co_return opened.error();
  co_return admit(*std::move(opened), *arrival, request);
}

net::awaitable<Result<SecondFactorLogin::Recovered>> SecondFactorLogin::with_recovery_code(Request request,
                                                                                           mfa::RecoveryCode code) {
  std::vector<std::string> amr{"pwd", "mfa"};  // RFC 8176 has no name for such a code
  const auto arrival = co_await arrive(request, std::move(amr));
  if (!arrival) co_return arrival.error();
  auto purpose = purpose_of(request.challenge, *arrival);
  auto attempt = attempt_of(*arrival);
  auto opened = co_await parts_.proof.with_recovery_code(std::move(attempt), std::move(code), std::move(purpose));
  if (!opened) co_return opened.error();
  co_return Recovered{admit(std::move(opened->session), *arrival, request), opened->remaining};
}

net::awaitable<Result<Arrival>> SecondFactorLogin::arrive(Request request, std::vector<std::string> amr) {
  auto challenge = co_await challenge_store::find(parts_.database, request.challenge, parts_.clock.now());
  if (!challenge) co_return ErrorCode::challenge_expired;
  co_return Arrival{.account = std::move(challenge->account),
                    .proven = challenge->proven,
                    .amr = std::move(amr),
                    .aal = 2,
                    .client = std::move(request.client),
                    .presented = request.presented,
                    .known_browser = std::move(request.known_browser)};
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

Admitted SecondFactorLogin::admit(FactorProof::Opened opened, const Arrival& arrival, const Request& request) const {
  Admitted admitted{std::move(opened), parts_.admission.remember(arrival), std::nullopt};
  const auto& user = arrival.account.user;
  const auto& trusted = parts_.trusted_browsers;
  if (request.remember_browser && trusted.life().count() > 0 && !parts_.policy.demands_factor(user.role)) {
    const protection::KnownBrowsers::Owner owner{user.id, arrival.proven.password_version.value_or(0),
                                                 arrival.proven.factors_version.value_or(0)};
    admitted.trusted_browser = trusted.remember(request.trusted_browser, owner);
  }
  return admitted;
}

}  // namespace secureauth::login
