#include "accounts/account_letters.hpp"

#include "core/clock_fixture.hpp"
#include "mail/templates.hpp"

#include <gtest/gtest.h>

namespace secureauth::accounts {
namespace {

class AccountLettersTest : public testing::Test {
 protected:
  mail::Message written(mail::Kind kind, Locale locale, const AccountLetters::Details& details) {
    Recipient to{"ann@example.org", "ann@example.org", locale};
    return templates_.render(letters_.notice(kind, std::move(to), clock_.now(), client_, details));
  }

  SetClock clock_;
  ClientInfo client_{.ip = "192.0.2.1", .user_agent = "test", .request_id = "r"};
  mail::Templates templates_;
  AccountLetters letters_{"auth.example", "https://auth.example"};
};

TEST_F(AccountLettersTest, AFactorIsNamedInTheWordsOfTheReader) {  // ASVS 6.3.7
  const AccountLetters::Details app{.factor = Factor::totp};
  const auto english = written(mail::Kind::factor_added, Locale::en, app).text;
  const auto german = written(mail::Kind::factor_added, Locale::de, app).text;
  EXPECT_NE(english.find(": an authenticator app."), std::string::npos) << english;
  EXPECT_NE(german.find(": eine Authenticator-App."), std::string::npos) << german;
  EXPECT_EQ(in_words(Factor::recovery_code, Locale::de), "ein Wiederherstellungscode");
}

TEST_F(AccountLettersTest, NumbersAreTold) {  // ASVS 6.3.5, 6.3.7
  const auto used = written(mail::Kind::recovery_code_used, Locale::en, {.remaining = 9}).text;
  EXPECT_NE(used.find("left: 9\n"), std::string::npos) << used;
  const auto late = written(mail::Kind::sign_in_after_failures, Locale::en, {.failures = 5}).text;
  EXPECT_NE(late.find("Wrong ones before: 5\n"), std::string::npos) << late;
}

TEST_F(AccountLettersTest, ADetailThatItsKindAsksForIsNotForgotten) {
  EXPECT_THROW((void)written(mail::Kind::recovery_code_used, Locale::en, {}), std::logic_error);
}

}  // namespace
}  // namespace secureauth::accounts
