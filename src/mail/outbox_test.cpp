#include "mail/outbox.hpp"

#include "app/feature_fixture.hpp"
#include "crypto/rotating_key_fixture.hpp"
#include "telemetry/metrics.hpp"

#include <stdexcept>
#include <utility>

namespace secureauth::mail {
namespace {

using std::chrono::hours;

class OutboxTest : public app::FeatureFixture {
 protected:
  static Letter letter(Kind kind = Kind::address_taken) {
    return {.kind = kind,
            .recipient = "Ann@example.org",
            .email_key = "ann@example.org",
            .values = {{"site", "bank.test"},
                       {"link", "https://bank.test/x#token=T"},
                       {"token", "T"},
                       {"validity", "24 hours"},
                       {"new_email", "a…@example.net"},
                       {"time", "now"},
                       {"ip", "192.0.2.1"},
                       {"user_agent", "test"}}};
  }
  bool enqueue(const Outbox& outbox, Letter wanted, Cap cap = Cap::hourly) {
    bool queued = false;
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      queued = co_await outbox.enqueue(tx, wanted, cap);
      co_return Result<void>{};
    };
    EXPECT_TRUE(wait(database_->transaction(body)));
    return queued;
  }
  void notify(Letter wanted, Cap cap) {
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      co_await outbox_.notify(tx, wanted, cap);
      co_return Result<void>{};
    };
    EXPECT_TRUE(wait(database_->transaction(body)));
  }
  std::string count() { return select("SELECT CAST(count(*) AS text) FROM mails").front(); }

  crypto::SecretBytes key_{std::string_view("0123456789abcdef0123456789abcdef")};
  Outbox outbox_{clock_, random_, key_};
};

TEST_F(OutboxTest, ADumpTellsNeitherAddressNorContent) {  // ASVS 14.2.7
  ASSERT_TRUE(enqueue(outbox_, letter(Kind::verify_email)));
  const auto row = select("SELECT id || kind || hex(recipient_hash) || hex(content) || content FROM mails").front();
  for (const auto* secret : {"example.org", "token=", "bank.test"}) EXPECT_EQ(row.find(secret), std::string::npos);
  EXPECT_EQ(wait(outbox_.newest(*database_, 10)).front().message.recipient, "Ann@example.org");
}

TEST_F(OutboxTest, WhatACapMayRefuseIsNotCountedAsQueued) {
  const auto counted = [] {
    const auto& mails = telemetry::metrics().mails;
    return std::pair(mails.value(0, 0), mails.value(1, 0));
  };
  ASSERT_EQ(telemetry::metrics().mails.first().values.at(0), "queued");
  ASSERT_EQ(telemetry::metrics().mails.first().values.at(1), "offered");
  const auto [queued, offered] = counted();
  notify(letter(), Cap::nobody);
  EXPECT_EQ(counted(), std::pair(queued, offered));
  for (int i = 0; i < 5; ++i) notify(letter(), Cap::hourly);
  EXPECT_EQ(counted(), std::pair(queued, offered + 5));
  notify(letter(), Cap::none);
  EXPECT_EQ(counted(), std::pair(queued + 1, offered + 5));
}

TEST_F(OutboxTest, AContentMovedToAnotherRowOrReadWithAnotherKeyDoesNotOpen) {
  ASSERT_TRUE(enqueue(outbox_, letter()));
  const Outbox other(clock_, random_, crypto::SecretBytes(32));
  EXPECT_TRUE(wait(other.newest(*database_, 10)).empty());
  wait(database_->execute(db::Statement{"UPDATE mails SET id = '0198c0de-0000-7000-8000-000000000001'"}, db::Params()));
  EXPECT_TRUE(wait(outbox_.newest(*database_, 10)).empty());
}

TEST_F(OutboxTest, StrangersGetThreeOfAKindAnHourAndNoticesAll) {  // CS Forgot Password; attack 3
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(enqueue(outbox_, letter()));
  EXPECT_FALSE(enqueue(outbox_, letter()));
  EXPECT_TRUE(enqueue(outbox_, letter(Kind::verify_email))) << "of this kind";
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(enqueue(outbox_, letter(Kind::password_changed), Cap::none));
  clock_.advance(hours(1));
  EXPECT_TRUE(enqueue(outbox_, letter()));
}

TEST_F(OutboxTest, AKindThatIsTurnedOffCountsAsQueued) {
  const Outbox quiet(clock_, random_, key_, Templates(), {Kind::new_sign_in});
  EXPECT_TRUE(enqueue(quiet, letter(Kind::new_sign_in)));
  EXPECT_EQ(count(), "0");
  EXPECT_TRUE(enqueue(quiet, letter(Kind::password_changed)));
  EXPECT_EQ(count(), "1");
}

TEST_F(OutboxTest, WhoeverDeliversIsToldOfWhatIsQueued) {
  int told = 0;
  outbox_.on_queued([&told] { ++told; });
  ASSERT_TRUE(enqueue(outbox_, letter()));
  EXPECT_EQ(told, 1);
}

TEST_F(OutboxTest, AMissingValueIsABugAndQueuesNothing) {
  auto incomplete = letter();
  incomplete.values.clear();
  EXPECT_THROW((void)enqueue(outbox_, incomplete), std::logic_error);
  EXPECT_EQ(count(), "0");
}

TEST_F(OutboxTest, WhatItsReaderCanUseForAWeekIsKeptForAWeek) {
  for (const auto kind : {Kind::email_changed, Kind::password_changed}) {
    ASSERT_TRUE(enqueue(outbox_, letter(kind), Cap::none));
    clock_.advance(hours(24 * 7));
    wait(outbox_.forget_old(*database_));
    EXPECT_EQ(wait(outbox_.newest(*database_, 10)).size(), 1U) << name_of(kind);
    clock_.advance(std::chrono::seconds(1));
    wait(outbox_.forget_old(*database_));
    EXPECT_EQ(count(), "0");
  }
}

TEST_F(OutboxTest, ALinkGoesAfterADayAndItsRowAfterAWeek) {  // ASVS 14.2.7
  ASSERT_TRUE(enqueue(outbox_, letter(Kind::verify_email)));
  clock_.advance(hours(24));
  wait(outbox_.forget_old(*database_));
  EXPECT_EQ(wait(outbox_.newest(*database_, 10)).size(), 1U);
  clock_.advance(std::chrono::seconds(1));
  wait(outbox_.forget_old(*database_));
  EXPECT_TRUE(wait(outbox_.newest(*database_, 10)).empty());
  EXPECT_EQ(select("SELECT state FROM mails WHERE content IS NULL"), std::vector<std::string>{"dead"});
  clock_.advance(hours(24 * 6));
  wait(outbox_.forget_old(*database_));
  EXPECT_EQ(count(), "0");
}

TEST_F(OutboxTest, WhatWasNotDeliveredInItsTimeIsGivenUpOnce) {  // ASVS 16.3.4
  ASSERT_TRUE(enqueue(outbox_, letter(Kind::verify_email)));
  clock_.advance(hours(24) + std::chrono::seconds(1));
  std::vector<std::string> given_up;
  const OnGivenUp note = [&](db::Transaction&, GivenUpMail mail) -> net::awaitable<void> {
    given_up.push_back(mail.kind + ' ' + mail.id);
    co_return;
  };
  wait(outbox_.forget_old(*database_, note));
  EXPECT_EQ(given_up, std::vector{"verify_email " + select("SELECT id FROM mails").front()});
  clock_.advance(hours(1));
  wait(outbox_.forget_old(*database_, note));
  EXPECT_EQ(given_up.size(), 1);
}

TEST_F(OutboxTest, MailsComeUnderAnotherKeyAndTheCapStays) {  // ASVS 11.2.2
  const crypto::SecretBytes fresh("another key of thirty-two bytes!");
  const crypto::RotatingKey key(key_);
  const Outbox outbox(clock_, random_, {key, crypto::SecretBytes(32)});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(enqueue(outbox, letter()));
  key.replace(crypto::generations(fresh, &key_));
  EXPECT_FALSE(enqueue(outbox, letter())) << "counted by a name that stays";
  ASSERT_TRUE(enqueue(outbox, letter(Kind::verify_email)));
  const auto ids = key.ids();
  const std::map<std::string, std::int64_t> mixed{{ids.current, 1}, {ids.old.front(), 3}};
  EXPECT_EQ(wait(outbox.count_sealed(*database_)).by_key, mixed);
  const auto done = wait(outbox.reseal(*database_));
  EXPECT_EQ(done.resealed, 3);
  EXPECT_EQ(done.by_key, (std::map<std::string, std::int64_t>{{ids.current, 4}}));
  key.replace(crypto::generations(fresh, nullptr));
  EXPECT_EQ(wait(outbox.newest(*database_, 10)).size(), 4U);
  const Outbox stranger(clock_, random_, crypto::SecretBytes(32));
  EXPECT_EQ(wait(stranger.reseal(*database_)).by_key, (std::map<std::string, std::int64_t>{{"", 4}}));
}

}  // namespace
}  // namespace secureauth::mail
