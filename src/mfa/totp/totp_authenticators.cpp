#include "mfa/totp/totp_authenticators.hpp"

#include "mfa/totp/provisioning.hpp"

namespace secureauth::mfa {
namespace {

Error wrong_form(int digits) {
  return std::vector<FieldError>{{"code", "invalid_format", "A code has " + std::to_string(digits) + " digits."}};
}

}  // namespace

net::awaitable<TotpAuthenticators::Provision> TotpAuthenticators::begin(db::Transaction& tx, accounts::User user) {
  crypto::SecretBytes secret(kTotpSecretBytes);
  parts_.random.fill(secret.bytes());
  const auto now = parts_.clock.now();
  totp_store::Pending enrolment{.secret = parts_.keys.seal(secret, kTotpPurpose, user.id.text(), parts_.random),
                                .parameters = options_.fresh,
                                .created_at = now,
                                .expires_at = now + options_.enrolment_ttl};
  const auto expires_at = enrolment.expires_at;
  co_await totp_store::put_pending(tx, user.id, std::move(enrolment));
  auto text = totp_secret_text(secret);
  auto uri = totp_uri(options_.issuer, user.email, text, options_.fresh);
  co_return Provision{std::move(text), std::move(uri), options_.fresh, expires_at};
}

net::awaitable<Result<bool>> TotpAuthenticators::confirm(db::Transaction& tx, UserId user, std::string code) {
  const auto now = parts_.clock.now();
  const auto pending = co_await totp_store::find_pending(tx, user, now);
  if (!pending) co_return false;
  if (!is_totp_code(code, pending->parameters.digits)) {
    const auto active = co_await totp_store::find(tx, user);  // whose code it may be
    if (active) co_return false;
    co_return wrong_form(pending->parameters.digits);
  }
  const auto secret = parts_.keys.open(pending->secret, kTotpPurpose, user.text());
  if (!secret) co_return false;  // a set-up lives minutes: begin anew
  const auto match = match_totp(*secret, pending->parameters, code, now, options_.skew_steps, {});
  if (match.verdict != TotpVerdict::fresh) co_return false;
  co_await totp_store::erase_pending(tx, user);
  // Sealed anew: a rotation of keys that has passed the enrolments would not find it under the old one.
  totp_store::Active authenticator{.secret = parts_.keys.seal(*secret, kTotpPurpose, user.text(), parts_.random),
                                   .parameters = pending->parameters,
                                   .position = match.position,
                                   .created_at = now,
                                   .last_used_at = now};
  co_await totp_store::put(tx, user, std::move(authenticator));
  co_return true;
}

net::awaitable<Result<void>> TotpAuthenticators::verify(db::Transaction& tx, UserId user, std::string code,
                                                        ClientInfo client) {
  const auto active = co_await totp_store::find(tx, user);
  if (!active) co_return ErrorCode::mfa_failed;
  if (!is_totp_code(code, active->parameters.digits)) co_return wrong_form(active->parameters.digits);
  const auto secret = parts_.keys.open(active->secret, kTotpPurpose, user.text());
  if (!secret) {
    co_await audit_unreadable(tx, user, crypto::KeyRing::key_id_of(active->secret), std::move(client));
    co_return ErrorCode::mfa_failed;
  }
  const auto now = parts_.clock.now();
  const auto match = match_totp(*secret, active->parameters, code, now, options_.skew_steps, active->position);
  if (match.verdict == TotpVerdict::wrong) co_return ErrorCode::mfa_failed;
  if (match.verdict == TotpVerdict::used) co_return ErrorCode::code_already_used;
  // What was read may be behind by now: the statement's count decides.
  const bool advanced = co_await totp_store::advance(tx, user, match.position, now);
  if (!advanced) co_return ErrorCode::code_already_used;
  co_return Result<void>{};
}

net::awaitable<bool> TotpAuthenticators::remove(db::Transaction& tx, UserId user) {
  co_await totp_store::erase_pending(tx, user);
  const bool erased = co_await totp_store::erase(tx, user);
  co_return erased;
}

net::awaitable<std::optional<TotpAuthenticators::Listed>> TotpAuthenticators::find(db::Executor& database,
                                                                                   UserId user) {
  const auto active = co_await totp_store::find(database, user);
  if (!active) co_return std::nullopt;
  co_return Listed{active->created_at, active->last_used_at, active->parameters};
}

net::awaitable<bool> TotpAuthenticators::is_pending(db::Executor& database, UserId user) {
  const auto pending = co_await totp_store::find_pending(database, user, parts_.clock.now());
  co_return pending.has_value();
}

net::awaitable<void> TotpAuthenticators::forget_expired(db::Executor& database, const db::GoOn& go_on) {
  co_await totp_store::forget_expired(database, parts_.clock.now(), go_on);
}

net::awaitable<void> TotpAuthenticators::audit_unreadable(db::Transaction& tx, UserId user, std::string key_id,
                                                          ClientInfo client) {
  audit::Entry entry{.event = audit::Event::factor_secret_unreadable,
                     .outcome = audit::Outcome::failure,
                     .subject = user,
                     .client = std::move(client),
                     .details = {{"method", accounts::to_text(accounts::Factor::totp)}, {"key_id", key_id}}};
  co_await parts_.audit.record(tx, std::move(entry));
}

}  // namespace secureauth::mfa
