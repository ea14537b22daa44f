#include "accounts/account_fixture.hpp"

namespace secureauth::accounts {
namespace {

using std::chrono::seconds;

class PasswordChangeTest : public AccountFixture {
 protected:
  Result<PasswordChange::Changed> change(const sessions::SessionRef& session, std::string_view current,
                                         std::string_view wanted, std::string known_browser = "") {
    PasswordChange::Request request{password(current), password(wanted), client_, std::move(known_browser)};
    return wait(change_(session, std::move(request)));
  }
};

TEST_F(PasswordChangeTest, TheSessionIsRenewedWithTheSameAssuranceAndAFreshTime) {  // ASVS 7.2.4
  const auto before = sign_in(add_account("ann@example.org"));
  clock_.advance(seconds(90));
  const auto changed = change(before, kPassword, kNewPassword);
  ASSERT_TRUE(changed);
  const auto& opened = changed->session;
  const auto after = wait(sessions_.check(opened.token)).value();
  EXPECT_NE(after->id, before->id);
  EXPECT_EQ(after->assurance.amr, before->assurance.amr);
  EXPECT_EQ(after->assurance.aal, before->assurance.aal);
  EXPECT_EQ(after->assurance.auth_time, clock_.now());
  EXPECT_FALSE(assurance_.is_stepped_up(*after)) << "no step-up (ASVS 7.5.1)";
  EXPECT_EQ(select("SELECT id FROM sessions"), std::vector<std::string>{opened.id.text()});
}

TEST_F(PasswordChangeTest, ASessionThatEndedMeanwhileChangesNothing) {  // ASVS 15.4.2
  const auto ann = add_account("ann@example.org");
  const auto session = sign_in(ann);
  wait(sessions_.end(session, client_));
  const auto refused = change(session, kPassword, kNewPassword);
  EXPECT_EQ(refused.error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(wait(find_password_credential(*database_, ann.id))->version, 1);
  EXPECT_EQ(mails_of(mail::Kind::password_changed), 0U);
}

TEST_F(PasswordChangeTest, AFactorThatCameMeanwhileCounts) {  // ASVS 6.2.3, 7.5.1, 15.4.2
  const auto ann = add_account("ann@example.org");
  const auto session = sign_in(ann);  // as the gate saw it
  add_factor();
  EXPECT_EQ(change(session, kPassword, kNewPassword).error().code, ErrorCode::step_up_required);
  EXPECT_EQ(wait(find_password_credential(*database_, ann.id))->version, 1);
}

TEST_F(PasswordChangeTest, ANewPasswordIsAnotherVersion) {
  const auto ann = add_account("ann@example.org");
  ASSERT_TRUE(change(sign_in(ann), kPassword, kNewPassword));
  EXPECT_EQ(wait(find_password_credential(*database_, ann.id))->version, 2);
}

TEST_F(PasswordChangeTest, ADemandForAnotherPasswordIsMetByAResetOnly) {  // ASVS 6.2.10
  const auto ann = add_account("ann@example.org");
  const auto session = sign_in(ann);
  wait(demand_password_change(*database_, ann.id, PasswordMustChange::compromised));
  EXPECT_EQ(change(session, kPassword, kNewPassword).error().code, ErrorCode::unauthenticated);
  const auto credential = wait(find_password_credential(*database_, ann.id)).value();
  EXPECT_EQ(credential.version, 1);
  EXPECT_EQ(credential.user.password_must_change, PasswordMustChange::compromised);
}

TEST_F(PasswordChangeTest, OnlyTheBrowserAtHandStaysKnown) {  // ASVS 6.3.5
  const auto ann = add_account("ann@example.org");
  const auto known = browsers_.remember("", {ann.id, 1});
  const auto changed = change(sign_in(ann), kPassword, kNewPassword, known);
  ASSERT_TRUE(changed && changed->known_browser);
  EXPECT_TRUE(browsers_.knows(*changed->known_browser, {ann.id, 2}));
  EXPECT_FALSE(browsers_.knows(known, {ann.id, 2}));
}

TEST_F(PasswordChangeTest, ABrowserThatGaveASecondFactorStaysKnownForThat) {  // ASVS 6.1.1
  const auto ann = add_account("ann@example.org");
  const protection::KnownBrowsers::Owner with_factor{ann.id, 1, 1};
  const auto changed = change(sign_in(ann), kPassword, kNewPassword, browsers_.remember("", with_factor));
  ASSERT_TRUE(changed && changed->known_browser);
  EXPECT_TRUE(browsers_.knows(*changed->known_browser, {ann.id, 2, 1}));
  EXPECT_FALSE(browsers_.knows(*changed->known_browser, {ann.id, 2}));
}

TEST_F(PasswordChangeTest, ABrowserThatWasNotKnownIsNotByAChange) {
  const auto changed = change(sign_in(add_account("ann@example.org")), kPassword, kNewPassword);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->known_browser, std::nullopt);
}

TEST_F(PasswordChangeTest, ARefusedNewPasswordDoesNotCountAsAGuess) {
  const auto session = sign_in(add_account("ann@example.org"));
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(change(session, kPassword, "Password123456").error().code, ErrorCode::validation_failed);
  }
}

TEST_F(PasswordChangeTest, TheLockEndsWithItsWindow) {  // 63B §3.2.2
  const auto session = sign_in(add_account("ann@example.org"));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(change(session, "not the one", kNewPassword).error().code, ErrorCode::invalid_credentials);
  }
  const auto locked = change(session, kPassword, kNewPassword);
  EXPECT_EQ(locked.error().code, ErrorCode::account_locked);
  ASSERT_TRUE(locked.error().retry_after);
  clock_.advance(*locked.error().retry_after);
  EXPECT_TRUE(change(session, kPassword, kNewPassword));
}

}  // namespace
}  // namespace secureauth::accounts
