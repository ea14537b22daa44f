#include "protection/factor_guesses.hpp"

#include "accounts/user_store.hpp"
#include "app/feature_fixture.hpp"
#include "crypto/uuid.hpp"

#include <functional>

namespace secureauth::protection {
namespace {

using accounts::Factor;
using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

class FactorGuessesTest : public app::FeatureFixture {
 protected:
  using Work = std::function<net::awaitable<void>(db::Transaction&)>;

  FactorGuessesTest() : ann_(add_account("ann@example.org")), bob_(add_account("bob@example.org")) {}

  FactorGuesses::Spent spend(const FactorGuesses::Guess& guess) { return spend(guesses_, guess); }
  FactorGuesses::Spent spend(FactorGuesses& guesses, const FactorGuesses::Guess& guess) {
    FactorGuesses::Spent spent;
    const Work work = [&](db::Transaction& tx) -> net::awaitable<void> { spent = co_await guesses.spend(tx, guess); };
    in_transaction(guess.user, work);
    return spent;
  }
  /// How many of `tries` were counted.
  int counted_of(int tries, const FactorGuesses::Guess& guess) {
    int counted = 0;
    for (int i = 0; i < tries; ++i) counted += spend(guess).refusal ? 0 : 1;
    return counted;
  }
  void give_back(const FactorGuesses::Guess& guess) {
    in_transaction(guess.user, [&](db::Transaction& tx) { return guesses_.give_back(tx, guess); });
  }
  void forgive(const UserId& user, Factor authenticator) {
    in_transaction(user, [&](db::Transaction& tx) { return guesses_.forgive(tx, user, authenticator); });
  }
  /// Ninety from strangers, ten in each of as many windows.
  void use_up_strangers_share() {
    for (int window = 0; window < 9; ++window) {
      EXPECT_EQ(counted_of(11, stranger_), 10);
      clock_.advance(days(3));
    }
  }

  UserId ann_;
  UserId bob_;
  FactorGuesses guesses_{clock_, {.in_window = 10, .window = minutes(15), .in_a_row = 100}};
  FactorGuesses::Guess stranger_{.user = ann_, .authenticator = Factor::totp};
  FactorGuesses::Guess known_{.user = ann_, .authenticator = Factor::totp, .known_browser = true};

 private:
  void in_transaction(const UserId& user, const Work& work) {
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      tx.serialize_on(accounts::serial_subject(user));
      co_await work(tx);
      co_return Result<void>{};
    };
    EXPECT_TRUE(wait(database_->transaction(body)));
  }
  UserId add_account(std::string_view address) {
    const accounts::User user{.id = UserId(crypto::uuid_v7(random_, clock_.now())),
                              .email = std::string(address),
                              .name = std::nullopt,
                              .created_at = clock_.now()};
    EXPECT_TRUE(wait(accounts::user_store::insert(*database_, user, std::string(address), "!")));
    return user.id;
  }
};

TEST_F(FactorGuessesTest, AWindowTakesTenAndSaysWhenTheNextBegins) {  // ASVS 6.3.1
  EXPECT_EQ(counted_of(3, stranger_), 3);
  clock_.advance(minutes(5));
  EXPECT_EQ(counted_of(8, stranger_), 7);
  const auto refused = spend(stranger_);
  ASSERT_TRUE(refused.refusal);
  EXPECT_EQ(refused.refusal->code, ErrorCode::account_locked);
  EXPECT_EQ(refused.refusal->retry_after, seconds(600)) << "the window began with the first guess";
  clock_.advance(minutes(10) - seconds(1));
  EXPECT_EQ(spend(stranger_).refusal->retry_after, seconds(1));
  clock_.advance(seconds(1));
  EXPECT_EQ(counted_of(11, stranger_), 10);
}

TEST_F(FactorGuessesTest, ARefusedGuessIsNotCounted) {
  EXPECT_EQ(counted_of(500, stranger_), 10);
  clock_.advance(minutes(15));
  EXPECT_EQ(spend(stranger_).failed_before, 10);
}

TEST_F(FactorGuessesTest, HundredInARowOverThirtyDaysAndNoneMore) {  // 63B §3.2.2
  use_up_strangers_share();
  EXPECT_EQ(counted_of(11, known_), 10);
  EXPECT_EQ(spend(stranger_).failed_before, 100);
  clock_.advance(days(365));
  for (const auto& guess : {stranger_, known_}) {
    const auto refused = spend(guess);
    ASSERT_TRUE(refused.refusal) << "whatever the code";
    EXPECT_EQ(refused.refusal->code, ErrorCode::account_locked);
    EXPECT_EQ(refused.refusal->retry_after, std::chrono::hours(24)) << "no time helps";
  }
}

TEST_F(FactorGuessesTest, StrangersLeaveKnownBrowsersTheirTen) {  // ASVS 6.1.1
  use_up_strangers_share();
  EXPECT_TRUE(spend(stranger_).refusal);
  EXPECT_EQ(counted_of(11, known_), 10);
}

TEST_F(FactorGuessesTest, KnownBrowsersLeaveOthersTheirShare) {
  EXPECT_EQ(counted_of(11, known_), 10);
  clock_.advance(days(1));
  EXPECT_TRUE(spend(known_).refusal) << "ten in a row, not in a window";
  EXPECT_EQ(counted_of(11, stranger_), 10);
}

TEST_F(FactorGuessesTest, ForgivenIsOneAuthenticatorInBothShares) {  // 63B §3.2.2: a counter an authenticator
  const FactorGuesses::Guess recovery{.user = ann_, .authenticator = Factor::recovery_code};
  const FactorGuesses::Guess bobs{.user = bob_, .authenticator = Factor::totp};
  for (const auto& guess : {stranger_, known_, recovery, bobs}) EXPECT_EQ(counted_of(11, guess), 10);
  forgive(ann_, Factor::totp);
  EXPECT_EQ(spend(stranger_).failed_before, 0);
  EXPECT_EQ(counted_of(11, stranger_), 9);
  EXPECT_EQ(counted_of(11, known_), 10);
  EXPECT_TRUE(spend(recovery).refusal);
  EXPECT_TRUE(spend(bobs).refusal);
}

TEST_F(FactorGuessesTest, WhatIsGivenBackCanBeSpentAgain) {
  EXPECT_EQ(counted_of(11, stranger_), 10);
  give_back(stranger_);
  EXPECT_EQ(counted_of(2, stranger_), 1);
}

TEST_F(FactorGuessesTest, NothingComesOfGivingBackWhatWasNotSpent) {
  give_back(stranger_);
  EXPECT_EQ(counted_of(11, stranger_), 10);
  give_back(known_);
  EXPECT_TRUE(spend(stranger_).refusal) << "of the other share";
}

TEST_F(FactorGuessesTest, TheLastOneOfAWindowAndOfAShareIsTold) {
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(spend(stranger_).last, i == 10) << i;
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(spend(known_).last, i == 10) << i;
}

TEST_F(FactorGuessesTest, TheLastOneInARowIsToldWithinAWindow) {
  FactorGuesses few(clock_, {.in_window = 8, .window = minutes(15), .in_a_row = 20});
  for (int i = 1; i <= 8; ++i) EXPECT_EQ(spend(few, stranger_).last, i == 8) << i;
  clock_.advance(minutes(15));
  EXPECT_FALSE(spend(few, stranger_).last);
  EXPECT_TRUE(spend(few, stranger_).last);
  EXPECT_TRUE(spend(few, stranger_).refusal);
}

TEST_F(FactorGuessesTest, StaffSeesWhatIsLockedAndUntilWhen) {
  const auto seen = [&] { return wait(guesses_.standing(*database_, ann_)); };
  EXPECT_EQ(counted_of(9, stranger_), 9);
  ASSERT_EQ(seen().size(), 1U);
  EXPECT_FALSE(seen()[0].locked);
  EXPECT_EQ(counted_of(1, stranger_), 1);
  EXPECT_TRUE(seen()[0].locked);
  EXPECT_EQ(seen()[0].locked_until, clock_.now() + minutes(15));
  clock_.advance(minutes(15));
  EXPECT_FALSE(seen()[0].locked);
  EXPECT_EQ(counted_of(10, known_), 10);
  ASSERT_EQ(seen().size(), 2U);
  EXPECT_TRUE(seen()[0].known_browsers && seen()[0].locked);
  EXPECT_EQ(seen()[0].locked_until, std::nullopt) << "no time helps";
}

TEST_F(FactorGuessesTest, FailuresBeforeAreThoseOfAllBrowsers) {  // ASVS 6.3.5
  EXPECT_EQ(spend(stranger_).failed_before, 0);
  EXPECT_EQ(spend(known_).failed_before, 1);
  clock_.advance(days(2));
  EXPECT_EQ(spend(stranger_).failed_before, 2);
}

}  // namespace
}  // namespace secureauth::protection
