#include "login/admission.hpp"

namespace secureauth::login {
namespace {

/// So soon after it was made, a sign-in from an unknown browser is the one that follows signing up.
constexpr auto kFirstSignIn = std::chrono::minutes(15);

/// So many wrong codes before the right one were perhaps not the owner's (ASVS 6.3.5).
constexpr std::int64_t kManyFailures = 5;

using protection::KnownBrowsers;

/// Of a note that a sign-in without a second factor leaves.
KnownBrowsers::Owner by_password(const Arrival& arrival) {
  return {arrival.account.user.id, arrival.proven.password_version.value_or(0)};
}

KnownBrowsers::Owner by_factor(const Arrival& arrival) {
  auto owner = by_password(arrival);
  owner.factors_version = arrival.proven.factors_version.value_or(0);
  return owner;
}

}  // namespace

std::string_view refusal_reason(ErrorCode refusal) {
  switch (refusal) {
    case ErrorCode::email_not_verified:
      return "email_not_verified";
    case ErrorCode::account_disabled:
      return "account_disabled";
    case ErrorCode::password_change_required:
      return "password_change_required";
    case ErrorCode::challenge_expired:
      return "challenge_expired";
    default:
      return "invalid_credentials";
  }
}

bool Admission::knows(const Arrival& arrival) const {
  return knows_by_factor(arrival) || parts_.browsers.knows(arrival.known_browser, by_password(arrival));
}

bool Admission::knows_by_factor(const Arrival& arrival) const {
  return parts_.browsers.knows(arrival.known_browser, by_factor(arrival));
}

Admitted Admission::let_in(sessions::Sessions::Opened session, const Arrival& arrival) const {
  const auto owner = arrival.aal > 1 ? by_factor(arrival) : by_password(arrival);
  Admitted admitted{std::move(session), parts_.browsers.remember(arrival.known_browser, owner), std::nullopt};
  const auto& trusted = parts_.trusted_browsers;
  const bool may_trust = trusted.life().count() > 0 && !parts_.policy.demands_factor(arrival.account.user.role);
  if (arrival.trust_cookie && may_trust) {
    admitted.trusted_browser = {trusted.remember(*arrival.trust_cookie, owner), trusted.life()};
  }
  return admitted;
}

sessions::Sessions::SignIn Admission::sign_in(Arrival arrival, Also also) const {
  const bool known_browser = knows(arrival);
  const bool is_news = !known_browser && parts_.clock.now() - arrival.account.user.created_at > kFirstSignIn;
  boost::json::object details{{"known_browser", known_browser}};
  if (arrival.trusted_browser) details["trusted_browser"] = true;
  if (arrival.aal > 1) details["aal"] = arrival.aal;
  if (arrival.factor) details["method"] = accounts::to_text(*arrival.factor);
  if (arrival.passkey) details["passkey"] = *arrival.passkey;
  auto told = [this, arrival, is_news, also = std::move(also)](db::Transaction& tx) -> net::awaitable<void> {
    if (also) co_await also(tx);
    co_await tell_owner(tx, arrival, is_news);
  };
  return {.user = arrival.account.user,
          .amr = arrival.amr,
          .aal = arrival.aal,
          .factor = arrival.factor,
          .trusted_browser = arrival.trusted_browser,
          .proven = arrival.proven,
          .client = arrival.client,
          .presented = arrival.presented,
          .details = std::move(details),
          .also = std::move(told)};
}

net::awaitable<void> Admission::tell_owner(db::Transaction& tx, Arrival arrival, bool is_news) const {
  const auto& [user, email_key] = arrival.account;
  const auto now = parts_.clock.now();
  if (is_news) {
    accounts::Recipient to{user.email, email_key, accounts::locale_of(user)};
    auto letter = parts_.letters.notice(mail::Kind::new_sign_in, std::move(to), now, arrival.client);
    co_await parts_.outbox.notify(tx, std::move(letter), mail::Cap::hourly);
  }
  if (arrival.failed_before >= kManyFailures) {
    accounts::Recipient to{user.email, email_key, accounts::locale_of(user)};
    auto letter = parts_.letters.notice(mail::Kind::sign_in_after_failures, std::move(to), now, arrival.client,
                                        {.failures = arrival.failed_before});
    co_await parts_.outbox.notify(tx, std::move(letter), mail::Cap::none);
  }
}

}  // namespace secureauth::login
