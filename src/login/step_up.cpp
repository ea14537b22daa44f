#include "login/step_up.hpp"

#include <stdexcept>

namespace secureauth::login {
namespace {

using accounts::Factor;
using sessions::Sessions;

std::string_view audited(Factor factor) {
  return factor == Factor::password ? "pwd" : accounts::to_text(factor);
}

/// RFC 8176, which has no name for a recovery code.
sessions::FactorProven proof_of(Factor factor) {
  switch (factor) {
    case Factor::password:
      return {factor, {"pwd"}};
    case Factor::totp:
      return {factor, {"otp", "mfa"}};
    case Factor::recovery_code:
      return {factor, {"mfa"}};
    case Factor::webauthn:  // PasskeyLogin's
      break;
  }
  throw std::logic_error("not a factor of StepUp");
}

}  // namespace

net::awaitable<Result<StepUp::Opened>> StepUp::with_password(Request request, passwords::Password password) {
  // A weaker proof than the account could give is none (ASVS 7.5.1).
  const auto& user = request.current->user;
  if (user.has_second_factor()) co_return sessions::AssurancePolicy::step_up_error(user);
  accounts::PasswordProof::Attempt attempt{.session = request.current,
                                           .password = std::move(password),
                                           .client = request.client,
                                           .known_browser = request.known_browser,
                                           .failed = audit::Event::step_up_failed,
                                           .details = {{"method", "pwd"}}};
  const auto proven = co_await parts_.password(std::move(attempt));
  if (!proven) co_return proven.error();
  if (proven->user.has_second_factor()) co_return sessions::AssurancePolicy::step_up_error(proven->user);
  Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Opened>> {
    ended.clear();
    tx.serialize_on(accounts::serial_subject(request.current->user.id));
    auto opened = co_await renew(tx, request, Factor::password, ended);
    co_return opened;
  };
  auto opened = co_await parts_.sessions.ending(body, ended);
  co_return opened;
}

net::awaitable<Result<StepUp::Opened>> StepUp::with_totp(Request request, std::string code) {
  auto attempt = co_await attempt_of(request);
  if (!attempt) co_return attempt.error();
  auto purpose = purpose_of(request, Factor::totp);
  const auto& user = request.current->user.id;
  // A code is no proof where a passkey could be asked for (ASVS 7.5.1); it may still confirm a set-up.
  const bool outranked = attempt->account.user.has(Factor::webauthn);
  const auto step_up_error = sessions::AssurancePolicy::step_up_error(attempt->account.user);
  purpose.admit = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    const auto active = co_await parts_.totp.find(tx, user);
    if (active && !outranked) co_return Result<void>{};
    const bool pending = co_await parts_.totp.is_pending(tx, user);
    if (pending) co_return Result<void>{};
    if (outranked) co_return step_up_error;
    co_return ErrorCode::challenge_expired;
  };
  purpose.instead = [&](db::Transaction& tx,
                        FactorProof::Ended& ended) -> net::awaitable<Result<std::optional<Opened>>> {
    auto opened = co_await enrol(tx, request, code, ended);
    co_return opened;
  };
  if (outranked) {
    const bool pending = co_await parts_.totp.is_pending(parts_.database, user);
    const auto active = co_await parts_.totp.find(parts_.database, user);
    if (!pending) purpose.otherwise = step_up_error;
    // Who sets an authenticator up has mistyped its code: no other proof would help.
    if (pending && active) purpose.otherwise = Error(ErrorCode::mfa_failed);
  }
  auto opened = co_await parts_.factor.with_totp(*std::move(attempt), code, std::move(purpose));
  co_return opened;
}

net::awaitable<Result<FactorProof::Recovered>> StepUp::with_recovery_code(Request request, mfa::RecoveryCode code) {
  auto attempt = co_await attempt_of(request);
  if (!attempt) co_return attempt.error();
  if (!attempt->account.user.has_second_factor()) co_return ErrorCode::challenge_expired;
  auto purpose = purpose_of(request, Factor::recovery_code);
  auto recovered = co_await parts_.factor.with_recovery_code(*std::move(attempt), std::move(code), std::move(purpose));
  co_return recovered;
}

net::awaitable<Result<FactorProof::Attempt>> StepUp::attempt_of(const Request& request) {
  const auto& session = *request.current;
  const auto credential = co_await accounts::find_password_credential(parts_.database, session.user.id);
  if (!credential) co_return ErrorCode::unauthenticated;
  const protection::KnownBrowsers::Owner owner{session.user.id, credential->version, credential->factors_version};
  co_return FactorProof::Attempt{.account = {credential->user, credential->email_key},
                                 .known_browser = parts_.browsers.knows(request.known_browser, owner),
                                 .session = session.id,
                                 .client = request.client};
}

FactorProof::Purpose StepUp::purpose_of(const Request& request, Factor factor) {
  auto admit = [](db::Transaction&) -> net::awaitable<Result<void>> { co_return Result<void>{}; };
  auto settle = [this, &request, factor](db::Transaction& tx, std::int64_t,
                                         FactorProof::Ended& ended) -> net::awaitable<Result<Opened>> {
    auto opened = co_await renew(tx, request, factor, ended);
    co_return opened;
  };
  return {.admit = std::move(admit), .settle = std::move(settle)};
}

net::awaitable<Result<std::optional<StepUp::Opened>>> StepUp::enrol(db::Transaction& tx, const Request& request,
                                                                    const std::string& code,
                                                                    FactorProof::Ended& ended) {
  const auto confirmed = co_await parts_.totp.confirm(tx, request.current->user.id, code);
  if (!confirmed) {  // a code of another length may be the present authenticator's
    const auto active = co_await parts_.totp.find(tx, request.current->user.id);
    if (active) co_return std::optional<Opened>();
    co_return confirmed.error();
  }
  if (!*confirmed) co_return std::optional<Opened>();
  // Begun in a session that was good for it then: another factor may have come since (ASVS 7.5.1).
  const auto before = co_await accounts::find_password_credential(tx, request.current->user.id);
  if (!before) co_return ErrorCode::unauthenticated;
  const auto allowed = sessions::AssurancePolicy::check_again(*request.current, before->user);
  if (!allowed) co_return allowed.error();
  mfa::FactorChanges::Change change{.session = request.current,
                                    .assurance = sessions::raised_by_enrolment(
                                        request.current->assurance, proof_of(Factor::totp), parts_.clock.now()),
                                    .factor = Factor::totp,
                                    .event = audit::Event::factor_added,
                                    .notice = mail::Kind::factor_added,
                                    .end_other_sessions = request.end_other_sessions,
                                    .client = request.client};
  auto opened = co_await parts_.changes.finish(tx, std::move(change), ended);
  if (!opened) co_return opened.error();
  co_return std::optional<Opened>(*std::move(opened));
}

net::awaitable<Result<StepUp::Opened>> StepUp::renew(db::Transaction& tx, const Request& request, Factor factor,
                                                     FactorProof::Ended& ended) {
  const auto& user = request.current->user.id;
  auto assurance = sessions::raised(request.current->assurance, proof_of(factor), parts_.clock.now());
  auto opened = co_await parts_.sessions.renew(tx, request.current, std::move(assurance), request.client, ended);
  if (!opened) co_return opened.error();
  audit::Entry entry{.event = audit::Event::step_up_succeeded,
                     .actor = user,
                     .subject = user,
                     .session = opened->id,
                     .client = request.client,
                     .details = {{"method", audited(factor)}}};
  co_await parts_.audit.record(tx, std::move(entry));
  co_return opened;
}

}  // namespace secureauth::login
