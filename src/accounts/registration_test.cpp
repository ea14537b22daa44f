#include "accounts/registration.hpp"

#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "db/recording_database_fixture.hpp"
#include "protection/guess_fixture.hpp"

#include <algorithm>

namespace secureauth::accounts {
namespace {

using std::chrono::seconds;

class RegistrationTest : public app::FeatureFixture {
 protected:
  void sign_up(std::string_view address, std::string_view secret = "correct horse battery") {
    Registration::Request request{{email(address), std::nullopt, client_, locale_}, password(secret)};
    EXPECT_TRUE(wait(registration_.request(std::move(request))));
    clock_.advance(seconds(1));  // so that mails have an order
  }
  std::vector<mail::Outbox::Stored> mails() { return wait(outbox_.newest(*database_, 100)); }

  /// The token of a mail: alone on a line of its text.
  static std::optional<VerificationToken> token_of(const mail::Outbox::Stored& stored) {
    std::istringstream text(stored.message.text);
    for (std::string line; std::getline(text, line);) {
      if (auto token = VerificationToken::parse(line)) return token;
    }
    return std::nullopt;
  }
  /// An account whose mails of signing up lie more than an hour back.
  void open_account(std::string_view address) {
    sign_up(address);
    EXPECT_EQ(verify(*token_of(mails().front())), std::nullopt);
    clock_.advance(std::chrono::hours(2));
  }
  void ask_again(int times) {
    for (int i = 0; i < times; ++i) {
      wait(registration_.resend(email("me@example.org"), client_));
      clock_.advance(seconds(1));
    }
  }
  /// Why the token was refused, or nothing.
  std::optional<ErrorCode> verify(const VerificationToken& token) {
    const auto result = wait(registration_.verify(token, {client_, ""}));
    if (result) return std::nullopt;
    return result.error().code;
  }
  bool signs_in(std::string_view address, std::string_view secret) { return sign_in(address, secret).has_value(); }
  ErrorCode refusal(std::string_view address, std::string_view secret) { return sign_in(address, secret).error().code; }
  Result<login::Admitted> sign_in(std::string_view address, std::string_view secret) {
    login::Login::Request request{.email = email(address),
                                  .password = password(secret),
                                  .client = client_,
                                  .presented = {},
                                  .known_browser = "",
                                  .trusted_browser = ""};
    auto outcome = wait(login_(std::move(request)));
    if (!outcome) return outcome.error();
    return std::get<login::Admitted>(*std::move(outcome));
  }

  db::RecordingDatabase recorder_{*database_};
  audit::AuditLog audit_{clock_, random_, audit::keys_for_tests()};
  Locale locale_ = Locale::en;
  crypto::SecretBytes key_{32};
  mail::Outbox outbox_{clock_, random_, key_};
  passwords::HashingPool pool_{{.threads = 1}};
  passwords::PasswordHasher hasher_{pool_, {.memory_kib = 8192, .time = 1, .parallelism = 1}, random_};
  AccountLetters letters_{"auth.example", "https://auth.example"};
  Registration registration_{{.database = recorder_,
                              .hasher = hasher_,
                              .guesses = parts_.guesses,
                              .outbox = outbox_,
                              .letters = letters_,
                              .audit = audit_,
                              .digest = audit::digest_for_tests(),
                              .clock = clock_,
                              .random = random_},
                             seconds(86400)};
  sessions::Sessions sessions_{
      {.database = *database_, .policy = assurance_, .audit = audit_, .clock = clock_, .random = random_},
      {.idle_timeout = seconds(900), .absolute_timeout = seconds(43200), .most_per_user = 50}};
  protection::KnownBrowsers browsers_{key_, "https://auth.example", protection::KnownBrowsers::kKnown, clock_, random_};
  protection::KnownBrowsers trusted_browsers_{key_, "https://auth.example",
                                              protection::KnownBrowsers::trusted_for(seconds(0)), clock_, random_};
  login::Admission admission_{{.browsers = browsers_,
                               .trusted_browsers = trusted_browsers_,
                               .policy = assurance_,
                               .outbox = outbox_,
                               .letters = letters_,
                               .clock = clock_}};
  protection::GuessFixture parts_{*database_, clock_, random_};
  PasswordOutcomes outcomes_{
      {.guesses = parts_.guesses, .outbox = outbox_, .letters = letters_, .audit = audit_, .clock = clock_}};
  login::Login login_{{.database = *database_,
                       .hasher = hasher_,
                       .sessions = sessions_,
                       .policy = assurance_,
                       .admission = admission_,
                       .guesses = parts_.guesses,
                       .outcomes = outcomes_,
                       .watch = parts_.watch,
                       .work = parts_.work,
                       .known_browsers = browsers_,
                       .trusted_browsers = trusted_browsers_,
                       .passkeys = passkey_requests_,
                       .outbox = outbox_,
                       .letters = letters_,
                       .audit = audit_,
                       .digest = audit::digest_for_tests(),
                       .clock = clock_,
                       .random = random_},
                      seconds(300)};
};

TEST_F(RegistrationTest, ATokenLivesADayToTheSecond) {  // 63B §4.2.1.2
  sign_up("early@example.org");
  const auto early = *token_of(mails().front());
  clock_.advance(seconds(86400 - 2));  // one second has passed since
  EXPECT_EQ(verify(early), std::nullopt);

  sign_up("late@example.org");
  const auto late = *token_of(mails().front());
  clock_.advance(seconds(86400 - 1));
  EXPECT_EQ(verify(late), ErrorCode::invalid_token);
}

TEST_F(RegistrationTest, ATokenWorksOnce) {  // SECURITY.md attack 8
  sign_up("me@example.org");
  const auto token = *token_of(mails().front());
  EXPECT_EQ(verify(token), std::nullopt);
  EXPECT_EQ(verify(token), ErrorCode::invalid_token);
}

TEST_F(RegistrationTest, ALinkActivatesItsOwnRegistrationOnly) {  // pre-hijacking; attack 10
  sign_up("owner@example.org", "the attacker's choice");
  sign_up("owner@example.org", "the owner's own choice");
  const auto attackers = *token_of(mails().back());
  EXPECT_EQ(verify(*token_of(mails().front())), std::nullopt);
  EXPECT_TRUE(signs_in("owner@example.org", "the owner's own choice"));
  EXPECT_FALSE(signs_in("owner@example.org", "the attacker's choice"));
  EXPECT_EQ(verify(attackers), ErrorCode::invalid_token);
}

TEST_F(RegistrationTest, TheOlderOfTwoLinksActivatesTheOlderPassword) {
  sign_up("me@example.org", "the older password");
  sign_up("ME@example.org", "the newer password");
  EXPECT_EQ(verify(*token_of(mails().back())), std::nullopt);
  EXPECT_TRUE(signs_in("me@example.org", "the older password"));
  EXPECT_FALSE(signs_in("me@example.org", "the newer password"));
}

TEST_F(RegistrationTest, WhatIsVerifiedOrExpiredIsNotResent) {
  sign_up("verified@example.org");
  ASSERT_EQ(verify(*token_of(mails().front())), std::nullopt);
  wait(registration_.resend(email("verified@example.org"), client_));
  EXPECT_EQ(mails().size(), 1U);
  sign_up("late@example.org");
  clock_.advance(seconds(86400));
  wait(registration_.resend(email("late@example.org"), client_));
  EXPECT_EQ(mails().size(), 2U);
}

TEST_F(RegistrationTest, ResendingReplacesTheOnlyLink) {
  sign_up("me@example.org");
  const auto first = *token_of(mails().front());
  wait(registration_.resend(email("ME@example.org"), client_));
  const auto second = *token_of(mails().front());
  EXPECT_EQ(verify(first), ErrorCode::invalid_token);
  EXPECT_EQ(verify(second), std::nullopt);
}

TEST_F(RegistrationTest, WithSeveralWaitingTheOwnerIsToldToSignUpAgain) {  // pre-hijacking
  sign_up("owner@example.org");
  sign_up("owner@example.org");
  wait(registration_.resend(email("owner@example.org"), client_));
  EXPECT_EQ(mails().front().kind, mail::Kind::sign_up_again);
  EXPECT_EQ(token_of(mails().front()), std::nullopt);
}

TEST_F(RegistrationTest, AnOwnerLearnsByMailThatTheAddressWasTried) {  // ASVS 6.3.8; attack 2
  sign_up("me@example.org");
  ASSERT_EQ(verify(*token_of(mails().front())), std::nullopt);
  sign_up("Me@Example.org", "somebody else's password");
  EXPECT_EQ(mails().front().kind, mail::Kind::address_taken);
  EXPECT_EQ(mails().front().message.recipient, "me@example.org");  // the stored spelling, not the request's
  EXPECT_EQ(token_of(mails().front()), std::nullopt);
  EXPECT_TRUE(signs_in("me@example.org", "correct horse battery"));
  EXPECT_FALSE(signs_in("me@example.org", "somebody else's password"));
}

TEST_F(RegistrationTest, AtMostThreeMailsOfAKindAnHourAndTheMailedLinkLives) {  // CS Forgot Password; attack 3
  sign_up("me@example.org");
  ask_again(5);
  EXPECT_EQ(mails().size(), 3U);
  const auto newest = *token_of(mails().front());
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(verify(newest), std::nullopt);
}

TEST_F(RegistrationTest, TheCapCountsAnAddressHoweverSpelt) {  // CS Forgot Password; attack 3
  for (const auto* spelling : {"me@example.org", "Me@example.org", "ME@example.org", "mE@Example.org"}) {
    sign_up(spelling);
  }
  EXPECT_EQ(mails().size(), 4U);
  EXPECT_EQ(mails().front().kind, mail::Kind::sign_up_again) << "the fourth has no link any more";
}

TEST_F(RegistrationTest, WhoeverFillsAMailboxCannotLayALinkThereForItsOwner) {  // pre-hijacking; attack 10
  for (int i = 0; i < 3; ++i) sign_up("owner@example.org", "the attacker's choice");
  const auto laid = mails();
  sign_up("owner@example.org", "the owner's own choice");
  EXPECT_EQ(mails().size(), 4U);
  EXPECT_EQ(mails().front().kind, mail::Kind::sign_up_again);
  for (const auto& stored : laid) EXPECT_EQ(verify(*token_of(stored)), ErrorCode::invalid_token);
  sign_up("owner@example.org", "the owner's own choice");
  EXPECT_EQ(select("SELECT id FROM registrations WHERE length(token_hash) = 31").size(), 5U) << "killed once is enough";
  clock_.advance(std::chrono::hours(1));
  sign_up("owner@example.org", "the owner's own choice");
  EXPECT_EQ(verify(*token_of(mails().front())), std::nullopt);
  EXPECT_TRUE(signs_in("owner@example.org", "the owner's own choice"));
  EXPECT_FALSE(signs_in("owner@example.org", "the attacker's choice"));
}

TEST_F(RegistrationTest, WhatACapKillsIsNotSeenAtASignIn) {  // ASVS 6.3.8
  sign_up("me@example.org");
  ask_again(5);
  sign_up("me@example.org", "another long password");
  EXPECT_EQ(refusal("me@example.org", "another long password"), ErrorCode::email_not_verified);
}

TEST_F(RegistrationTest, AFreeAndATakenAddressCostTheSameStatements) {  // ASVS 6.3.8
  open_account("taken@example.org");
  const auto statements_for = [&](std::string_view address) {
    recorder_.take();
    sign_up(address);
    return recorder_.take();
  };
  const auto first = statements_for("free@example.org");
  EXPECT_EQ(first.back(), "COMMIT");
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(statements_for("free@example.org"), first);
    EXPECT_EQ(statements_for("taken@example.org"), first) << "beyond the cap, too";
  }
}

TEST_F(RegistrationTest, AMailSaysWhenItsSignUpWas) {  // pre-hijacking
  clock_.advance(seconds(37 * 60));
  const auto signed_up = mail::in_words(clock_.now(), Locale::en);
  sign_up("me@example.org");
  clock_.advance(seconds(600));
  ask_again(1);
  EXPECT_EQ(mails().size(), 2U);
  for (const auto& stored : mails()) {
    EXPECT_NE(stored.message.text.find(signed_up), std::string::npos);
    EXPECT_NE(stored.message.html.find(signed_up), std::string::npos);
  }
}

TEST_F(RegistrationTest, TheCapEndsAfterAnHour) {
  sign_up("me@example.org");
  ask_again(5);
  clock_.advance(std::chrono::hours(1));
  wait(registration_.resend(email("me@example.org"), client_));
  EXPECT_EQ(mails().size(), 4U);
}

TEST_F(RegistrationTest, AskingForALinkAgainCostsEveryAddressTheSameStatements) {  // ASVS 6.3.8
  open_account("taken@example.org");
  sign_up("taken@example.org");
  sign_up("waiting@example.org");
  for (int i = 0; i < 2; ++i) sign_up("twice@example.org");
  const auto statements_for = [&](std::string_view address) {
    recorder_.take();
    wait(registration_.resend(email(address), client_));
    return recorder_.take();
  };
  const auto unknown = statements_for("unknown@example.org");
  EXPECT_EQ(unknown.back(), "COMMIT");
  for (const auto* other : {"taken@example.org", "waiting@example.org", "twice@example.org"}) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(statements_for(other), unknown) << other << " beyond the cap, too";
  }
}

TEST_F(RegistrationTest, MailsKeepTheLanguageOfTheRegistration) {
  locale_ = Locale::de;
  sign_up("ich@example.org");
  wait(registration_.resend(email("ich@example.org"), client_));
  clock_.advance(seconds(1));
  for (const auto& stored : mails()) EXPECT_EQ(stored.message.subject, "Bestätigen Sie Ihre E-Mail-Adresse");
  ASSERT_EQ(verify(*token_of(mails().front())), std::nullopt);
  EXPECT_EQ(select("SELECT locale FROM users"), std::vector<std::string>{"de"});

  locale_ = Locale::en;  // whoever tries the address does not choose its owner's language
  sign_up("ich@example.org");
  EXPECT_EQ(mails().front().message.subject, "Jemand wollte sich mit Ihrer Adresse registrieren");
}

TEST_F(RegistrationTest, ResendingSaysNothingToStrangers) {
  wait(registration_.resend(email("nobody@example.org"), client_));
  EXPECT_TRUE(mails().empty());
  EXPECT_EQ(select("SELECT event FROM audit_logs"), std::vector<std::string>{"email.verification_requested"});
}

}  // namespace
}  // namespace secureauth::accounts
