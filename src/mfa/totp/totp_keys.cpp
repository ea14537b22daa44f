#include "mfa/totp/totp_keys.hpp"

#include "mfa/totp/totp_authenticators.hpp"

namespace secureauth::mfa {
namespace {

using totp_store::Shelf;

constexpr int kPage = 500;

// A set-up that is confirmed between the two moves to the authenticators, already under its instance's current key.
constexpr auto kShelves = {Shelf::enrolments, Shelf::authenticators};

}  // namespace

net::awaitable<std::map<std::string, std::int64_t>> TotpKeys::count(const db::GoOn& go_on) {
  std::map<std::string, std::int64_t> counts;
  for (const auto shelf : kShelves) {
    UserId after;
    for (bool more = true; more;) {
      const auto page = co_await totp_store::page(database_, shelf, after, kPage);
      for (const auto& sealed : page) ++counts[crypto::KeyRing::key_id_of(sealed.secret)];
      more = page.size() == kPage;
      if (!more) break;
      after = page.back().user;
      const bool goes_on = co_await db::may_go_on(go_on);
      if (!goes_on) co_return counts;
    }
  }
  co_return counts;
}

net::awaitable<TotpKeys::Rotated> TotpKeys::rotate() {
  Rotated rotated;
  for (const auto shelf : kShelves) co_await rotate(shelf, rotated);
  co_return rotated;
}

net::awaitable<void> TotpKeys::rotate(Shelf shelf, Rotated& rotated) {
  UserId after;
  for (bool more = true; more;) {
    const auto page = co_await totp_store::page(database_, shelf, after, kPage);
    for (const auto& sealed : page) {
      if (!keys_.is_under_current_key(sealed.secret)) co_await reseal(shelf, sealed, rotated);
    }
    more = page.size() == kPage;
    if (more) after = page.back().user;
  }
}

net::awaitable<void> TotpKeys::reseal(Shelf shelf, totp_store::Sealed sealed, Rotated& rotated) {
  const auto owner = sealed.user.text();
  const auto secret = keys_.open(sealed.secret, kTotpPurpose, owner);
  if (!secret) {
    ++rotated.unreadable;
    co_return;
  }
  auto resealed = keys_.seal(*secret, kTotpPurpose, owner, random_);
  const bool replaced = co_await totp_store::replace(database_, shelf, std::move(sealed), std::move(resealed));
  if (replaced) ++rotated.resealed;
}

}  // namespace secureauth::mfa
