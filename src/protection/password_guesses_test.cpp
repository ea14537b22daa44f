#include "app/feature_fixture.hpp"
#include "protection/guess_fixture.hpp"

namespace secureauth::protection {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Guess = PasswordGuesses::Guess;
using Spent = PasswordGuesses::Spent;

class PasswordGuessesTest : public app::FeatureFixture {
 protected:
  Guess stranger(std::string_view address = "ann@example.org", std::string network = "192.0.2.1") {
    return {.subject = parts_.guesses.subject_of(address), .network = std::move(network)};
  }
  Guess known(std::string mark = "home", std::string_view address = "ann@example.org") {
    auto guess = stranger(address);
    guess.known_browser = std::move(mark);
    return guess;
  }
  Spent spend(PasswordGuesses& guesses, Guess guess) {
    const auto before = wait(password_guess_store::find(*database_, guess.subject));
    return wait(guesses.spend(std::move(guess), before));
  }
  Spent spend(Guess guess) { return spend(parts_.guesses, std::move(guess)); }
  PasswordGuesses::Failure fail(PasswordGuesses& guesses, const Spent& spent) {
    PasswordGuesses::Failure failure;
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      failure = co_await guesses.count_failure(tx, spent);
      co_return Result<void>{};
    };
    EXPECT_TRUE(wait(database_->transaction(body)));
    return failure;
  }
  /// How many of so many wrong guesses were looked at.
  int looked_at(int guesses, const Guess& guess, PasswordGuesses& of) {
    int counted = 0;
    for (int i = 0; i < guesses; ++i) {
      const auto spent = spend(of, guess);
      if (spent.refusal) continue;
      fail(of, spent);
      ++counted;
    }
    return counted;
  }
  int looked_at(int guesses, const Guess& guess) { return looked_at(guesses, guess, parts_.guesses); }
  void succeed(const Guess& guess) {
    const auto spent = spend(guess);
    ASSERT_FALSE(spent.refusal);
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      co_await parts_.guesses.forgive(tx, spent.guess);
      co_return Result<void>{};
    };
    ASSERT_TRUE(wait(database_->transaction(body)));
    wait(parts_.guesses.forgive_window(spent));
  }
  void unlock(const Guess& guess) {
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      co_await parts_.guesses.unlock(tx, guess.subject);
      co_return Result<void>{};
    };
    ASSERT_TRUE(wait(database_->transaction(body)));
  }
  /// As a Redis that was emptied, with instances that know nothing of it.
  void lose_windows() { other_.emplace(*database_, clock_, random_); }
  /// Every guess that strangers may have, however long it takes them.
  int use_up(const Guess& guess) {
    int counted = 0;
    for (int i = 0; i < 120; ++i, clock_.advance(hours(24))) counted += looked_at(1, guess);
    return counted;
  }

  GuessFixture parts_{*database_, clock_, random_};
  std::optional<GuessFixture> other_;
};

TEST_F(PasswordGuessesTest, AWindowTakesTenAndRefusesTheRightOneToo) {  // ASVS 6.3.1
  EXPECT_EQ(looked_at(11, stranger()), 10);
  const auto refused = spend(stranger());
  ASSERT_TRUE(refused.refusal);
  EXPECT_EQ(refused.refusal->code, ErrorCode::account_locked);
  EXPECT_EQ(refused.refusal->retry_after, minutes(15));
}

TEST_F(PasswordGuessesTest, GuessesAreCountedBeforeTheyAreLookedAt) {  // ASVS 6.3.1, attack 4
  int allowed = 0;
  for (int i = 0; i < 200; ++i) allowed += spend(stranger()).refusal ? 0 : 1;
  EXPECT_EQ(allowed, 10);
}

TEST_F(PasswordGuessesTest, TheWaitDoublesUpToADay) {  // 63B §3.2.2
  EXPECT_EQ(looked_at(10, stranger()), 10);
  for (auto wait = seconds(minutes(15)); wait < hours(48); wait *= 2) {
    const auto expected = std::min<seconds>(wait, hours(24));
    EXPECT_EQ(spend(stranger()).refusal->retry_after, expected);
    clock_.advance(expected - seconds(1));
    EXPECT_TRUE(spend(stranger()).refusal);
    clock_.advance(seconds(1));
    EXPECT_EQ(looked_at(2, stranger()), 1);
  }
}

TEST_F(PasswordGuessesTest, AHundredInARowAndNoMore) {  // 63B §3.2.2
  EXPECT_EQ(use_up(stranger()), 90);
  const auto refused = spend(stranger());
  EXPECT_EQ(refused.refusal->retry_after, hours(24)) << "no time helps";
  EXPECT_FALSE(refused.refusal->detail.empty());
  EXPECT_EQ(looked_at(11, known()), 10) << "which nobody else can use up";
  clock_.advance(std::chrono::days(366));
  wait(parts_.guesses.forget_old());
  EXPECT_TRUE(spend(stranger()).refusal);
  EXPECT_TRUE(spend(known()).refusal);
}

TEST_F(PasswordGuessesTest, BeyondTheThresholdALostStoreOverrunsNothing) {  // attack 4
  EXPECT_EQ(looked_at(10, stranger()), 10);
  clock_.advance(minutes(15));
  lose_windows();
  const auto before = wait(password_guess_store::find(*database_, stranger().subject));
  int allowed = 0;
  for (int i = 0; i < 100; ++i) {  // all have read the same
    allowed += wait(parts_.guesses.spend(stranger(), before)).refusal ? 0 : 1;
    allowed += wait(other_->guesses.spend(stranger(), before)).refusal ? 0 : 1;
  }
  EXPECT_EQ(allowed, 1);
}

TEST_F(PasswordGuessesTest, StrangersLeaveAKnownBrowserAlone) {  // ASVS 6.1.1, attack 5
  EXPECT_EQ(use_up(stranger()), 90);
  succeed(known());
  EXPECT_TRUE(spend(stranger()).refusal) << "that it opened would tell strangers of an owner";
}

TEST_F(PasswordGuessesTest, KnownBrowsersAtOnceGetTenInAll) {  // 63B §3.2.2
  int allowed = 0;
  for (const auto* mark : {"home", "work", "train"}) {
    for (int i = 0; i < 10; ++i) allowed += spend(known(mark)).refusal ? 0 : 1;
  }
  EXPECT_EQ(allowed, 10);
}

TEST_F(PasswordGuessesTest, AWindowThatForgetsNinePassesNoEnd) {  // 63B §3.2.2
  EXPECT_EQ(looked_at(9, known()), 9);
  clock_.advance(minutes(15));
  const auto before = wait(password_guess_store::find(*database_, known().subject));
  int allowed = 0;
  for (int i = 0; i < 10; ++i) {  // all have read the same
    allowed += wait(parts_.guesses.spend(known(), before)).refusal ? 0 : 1;
  }
  EXPECT_EQ(allowed, 1);
}

TEST_F(PasswordGuessesTest, NorDoStrangersGetTenMoreWithEachWindow) {
  EXPECT_EQ(looked_at(9, stranger()), 9);
  clock_.advance(minutes(15));
  const auto before = wait(password_guess_store::find(*database_, stranger().subject));
  int allowed = 0;
  for (int i = 0; i < 10; ++i) allowed += wait(parts_.guesses.spend(stranger(), before)).refusal ? 0 : 1;
  EXPECT_EQ(allowed, 1);
}

TEST_F(PasswordGuessesTest, OfSeveralAtOnceInAKnownBrowserAsManyAreLookedAtAsAreLeft) {  // 63B §3.2.2
  EXPECT_EQ(looked_at(3, known()), 3);
  const auto before = wait(password_guess_store::find(*database_, known().subject));
  int allowed = 0;
  for (int i = 0; i < 20; ++i) allowed += wait(parts_.guesses.spend(known(), before)).refusal ? 0 : 1;
  EXPECT_EQ(allowed, 7);
}

TEST_F(PasswordGuessesTest, KnownBrowsersLeaveStrangersTheirShare) {
  EXPECT_EQ(looked_at(11, known()), 10);
  EXPECT_TRUE(spend(known("work")).refusal) << "ten in a row for all of them";
  succeed(stranger());
  for (const auto* mark : {"home", "work"}) EXPECT_FALSE(spend(known(mark)).refusal) << mark;
}

TEST_F(PasswordGuessesTest, EachKnownBrowserHasAWindowOfItsOwn) {
  PasswordGuesses few({.database = *database_, .store = parts_.store, .clock = clock_}, crypto::SecretBytes(32),
                      {.in_window = 3, .window = minutes(15), .in_a_row = 100, .of_network = 0});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(spend(few, known()).refusal);
  EXPECT_TRUE(spend(few, known()).refusal);
  EXPECT_FALSE(spend(few, known("work")).refusal);
}

TEST_F(PasswordGuessesTest, AnotherAddressHasABudgetOfItsOwn) {
  EXPECT_EQ(looked_at(11, stranger()), 10);
  EXPECT_FALSE(spend(stranger("bob@example.org")).refusal);
}

TEST_F(PasswordGuessesTest, ANetworkHasTenOverAllAccounts) {  // DESIGN "Settled"
  GuessFixture counted(*database_, clock_, random_, 10);
  for (int i = 0; i < 10; ++i) {
    const auto address = std::to_string(i) + "@example.org";
    EXPECT_EQ(looked_at(1, stranger(address), counted.guesses), 1);
  }
  const auto refused = spend(counted.guesses, stranger());
  ASSERT_TRUE(refused.refusal);
  EXPECT_EQ(refused.refusal->code, ErrorCode::rate_limited);
  EXPECT_EQ(refused.refusal->retry_after, minutes(15));
  EXPECT_FALSE(spend(counted.guesses, known()).refusal) << "known browsers are exempt";
  EXPECT_FALSE(spend(counted.guesses, stranger("ann@example.org", "192.0.2.2")).refusal);
  EXPECT_EQ(looked_at(11, stranger("ann@example.org", "192.0.2.3"), counted.guesses), 9)
      << "what a network was refused did not count for the account";
}

TEST_F(PasswordGuessesTest, ASuccessGivesBackOneOfTheNetworks) {
  GuessFixture counted(*database_, clock_, random_, 10);
  for (int i = 0; i < 9; ++i) {
    EXPECT_FALSE(spend(counted.guesses, stranger(std::to_string(i) + "@example.org")).refusal);
  }
  for (int i = 0; i < 20; ++i) {
    const auto spent = spend(counted.guesses, stranger("right@example.org"));
    ASSERT_FALSE(spent.refusal) << i;
    wait(counted.guesses.forgive_window(spent));
  }
  EXPECT_FALSE(spend(counted.guesses, stranger()).refusal);
  EXPECT_TRUE(spend(counted.guesses, stranger()).refusal) << "the failures stay counted";
}

TEST_F(PasswordGuessesTest, WhatWasNotLookedAtIsGivenBack) {
  EXPECT_EQ(looked_at(9, stranger()), 9);
  for (int i = 0; i < 5; ++i) wait(parts_.guesses.give_back(spend(stranger())));
  EXPECT_EQ(looked_at(5, stranger()), 1);
  clock_.advance(minutes(15));
  for (int i = 0; i < 5; ++i) {  // reserved in the record store
    const auto spent = spend(stranger());
    ASSERT_FALSE(spent.refusal) << i;
    wait(parts_.guesses.give_back(spent));
  }
  EXPECT_EQ(looked_at(2, stranger()), 1);
}

TEST_F(PasswordGuessesTest, AnUnlockMakesAllWholeEverywhere) {
  for (const auto& guess : {stranger(), known(), known("work")}) looked_at(10, guess);
  unlock(stranger());
  EXPECT_EQ(looked_at(11, stranger()), 10);
  EXPECT_EQ(looked_at(11, known("work")), 10);
  unlock(stranger());
  succeed(stranger());
  EXPECT_FALSE(spend(stranger()).refusal) << "no older window comes back";
}

TEST_F(PasswordGuessesTest, ALockIsNewsWhenItBeginsAndWhenTheShareIsUsedUp) {  // ASVS 6.3.5
  std::vector<std::int64_t> locks;
  std::vector<std::int64_t> news;
  for (int i = 0; i < 120; ++i, clock_.advance(hours(24))) {
    const auto spent = spend(stranger());
    if (spent.refusal) continue;
    const auto failure = fail(parts_.guesses, spent);
    if (failure.locks) locks.push_back(failure.in_a_row);
    if (failure.is_news) news.push_back(failure.in_a_row);
  }
  EXPECT_EQ(locks.size(), 81U);
  EXPECT_EQ(news, (std::vector<std::int64_t>{10, 90}));
}

TEST_F(PasswordGuessesTest, StaffSeesWhatIsLockedAndUntilWhen) {
  const auto seen = [&] { return wait(parts_.guesses.standing(*database_, stranger().subject)); };
  EXPECT_EQ(looked_at(9, stranger()), 9);
  ASSERT_EQ(seen().size(), 1U);
  EXPECT_FALSE(seen()[0].locked);
  EXPECT_EQ(looked_at(1, stranger()), 1);
  EXPECT_TRUE(seen()[0].locked);
  EXPECT_EQ(seen()[0].locked_until, clock_.now() + minutes(15));
  clock_.advance(minutes(15));
  EXPECT_FALSE(seen()[0].locked);
  EXPECT_EQ(looked_at(10, known()), 10);
  ASSERT_EQ(seen().size(), 2U);
  EXPECT_TRUE(seen()[0].known_browsers && seen()[0].locked);
  EXPECT_EQ(seen()[0].locked_until, std::nullopt) << "no time helps";
}

TEST_F(PasswordGuessesTest, OnlyWhatDidNotLockIsForgotten) {
  looked_at(9, stranger("few@example.org"));
  looked_at(10, stranger("many@example.org"));
  looked_at(3, stranger("whole@example.org"));
  succeed(stranger("whole@example.org"));
  clock_.advance(std::chrono::days(3));
  wait(parts_.guesses.forget_old());
  EXPECT_EQ(select("SELECT share FROM login_guesses").size(), 2U);
  clock_.advance(std::chrono::days(363));
  wait(parts_.guesses.forget_old());
  EXPECT_EQ(select("SELECT CAST(in_a_row AS text) FROM login_guesses"), std::vector<std::string>{"10"});
}

TEST_F(PasswordGuessesTest, TheRecordNamesNobody) {
  const PasswordGuesses elsewhere({.database = *database_, .store = parts_.store, .clock = clock_},
                                  crypto::SecretBytes(16),
                                  {.in_window = 10, .window = minutes(15), .in_a_row = 100, .of_network = 0});
  EXPECT_EQ(parts_.guesses.subject_of("ann@example.org"), stranger().subject);
  EXPECT_NE(elsewhere.subject_of("ann@example.org"), stranger().subject) << "it needs the key";
}

TEST_F(PasswordGuessesTest, WhatIsGivenBackLateMakesNoRoomInTheNextWindow) {  // ASVS 6.3.1, attack 4
  GuessFixture parts(*database_, clock_, random_, 10);
  const auto account = [](int number) { return "user" + std::to_string(number) + "@example.org"; };
  std::vector<Spent> held;
  for (int i = 0; i < 10; ++i) held.push_back(spend(parts.guesses, stranger(account(i))));
  clock_.advance(minutes(15));
  EXPECT_EQ(looked_at(10, stranger("ann@example.org"), parts.guesses), 10) << "the network's next window";
  for (const auto& late : held) wait(parts.guesses.give_back(late));
  EXPECT_EQ(looked_at(1, stranger("eve@example.org"), parts.guesses), 0) << "they were counted in the last one";
}

TEST_F(PasswordGuessesTest, WhatIsGivenBackInTimeMakesRoom) {
  GuessFixture parts(*database_, clock_, random_, 10);
  const auto first = spend(parts.guesses, stranger());
  EXPECT_EQ(looked_at(10, stranger("eve@example.org"), parts.guesses), 9);
  wait(parts.guesses.give_back(first));
  EXPECT_EQ(looked_at(1, stranger("bob@example.org"), parts.guesses), 1);
}

}  // namespace
}  // namespace secureauth::protection
