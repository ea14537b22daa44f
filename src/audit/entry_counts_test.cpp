#include "audit/entry_counts.hpp"

#include "telemetry/metrics.hpp"

#include <gtest/gtest.h>

namespace secureauth::audit {
namespace {

/// How much a counter rises by one entry.
class Rise {
 public:
  Rise(const telemetry::Counters& of, std::size_t first, std::size_t second = 0)
      : of_(of), first_(first), second_(second), before_(of.value(first, second)) {}
  [[nodiscard]] std::uint64_t by() const { return of_.value(first_, second_) - before_; }

 private:
  const telemetry::Counters& of_;
  std::size_t first_;
  std::size_t second_;
  std::uint64_t before_;
};

constexpr std::size_t kSuccess = 0;
constexpr std::size_t kFailure = 1;
constexpr std::size_t kPassword = 0;
constexpr std::size_t kTotp = 1;
constexpr std::size_t kWebauthn = 3;

TEST(EntryCountsTest, SignInsByOutcomeAndMethod) {
  const auto& metrics = telemetry::metrics();
  const Rise passwords(metrics.sign_ins, kFailure, kPassword);
  const Rise codes(metrics.sign_ins, kFailure, kTotp);
  const Rise passkeys(metrics.sign_ins, kSuccess, kWebauthn);
  const Rise opened(metrics.sessions_opened, 0);
  count({.event = Event::login_failed, .outcome = Outcome::failure, .details = {{"reason", "invalid_credentials"}}});
  count({.event = Event::login_failed, .outcome = Outcome::failure, .details = {{"method", "totp"}}});
  count({.event = Event::login_succeeded, .details = {{"method", "webauthn"}, {"aal", 2}}});
  EXPECT_EQ(passwords.by(), 1U);
  EXPECT_EQ(codes.by(), 1U);
  EXPECT_EQ(passkeys.by(), 1U);
  EXPECT_EQ(opened.by(), 1U);
}

TEST(EntryCountsTest, LockoutsByWhatWasGuessedAt) {
  const Rise passwords(telemetry::metrics().lockouts, kPassword);
  count({.event = Event::account_locked, .outcome = Outcome::failure, .details = {{"method", "pwd"}}});
  EXPECT_EQ(passwords.by(), 1U);
}

TEST(EntryCountsTest, ARenewedSessionEndsAndBegins) {
  const auto& metrics = telemetry::metrics();
  const Rise ended(metrics.sessions_ended, 3);
  const Rise begun(metrics.sessions_opened, 1);
  count({.event = Event::session_ended, .details = {{"reason", "renewed"}}});
  EXPECT_EQ(ended.by(), 1U);
  EXPECT_EQ(begun.by(), 1U);
}

TEST(EntryCountsTest, EveryEntryIsCounted) {
  const Rise entries(telemetry::metrics().audit_entries, kSuccess);
  count({.event = Event::users_listed});
  EXPECT_EQ(entries.by(), 1U);
}

}  // namespace
}  // namespace secureauth::audit
