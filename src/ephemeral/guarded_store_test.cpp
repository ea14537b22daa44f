#include "ephemeral/guarded_store.hpp"

#include "ephemeral/ephemeral_fixture.hpp"

#include <memory>
#include <vector>

namespace secureauth::ephemeral {
namespace {

using std::chrono::seconds;

/// A store that can go away, before or after it did what it was asked, and be emptied.
class Leaving final : public EphemeralStore {
 public:
  explicit Leaving(const Clock& clock) : clock_(clock) { empty(); }

  net::awaitable<Spent> spend(std::string key, Budget budget, Known known) override {
    require();
    auto spent = co_await behind_->spend(std::move(key), budget, known);
    co_return spent;
  }
  net::awaitable<void> give_back(std::string key) override {
    require();
    co_await behind_->give_back(std::move(key));
  }
  net::awaitable<void> forgive(std::string key, std::chrono::milliseconds window) override {
    require();
    co_await behind_->forgive(std::move(key), window);
  }
  net::awaitable<Paced> pace(std::string key, std::span<const Rate> rates) override {
    require();
    ++asked_for_pace;
    const auto paced = co_await behind_->pace(std::move(key), rates);
    co_return paced;
  }
  net::awaitable<void> put(std::string key, std::string value, std::chrono::milliseconds life) override {
    require();
    co_await behind_->put(std::move(key), std::move(value), life);
    if (loses_answers) throw Unavailable("no answer");
  }
  net::awaitable<std::optional<std::string>> take(std::string key) override {
    require();
    auto value = co_await behind_->take(std::move(key));
    co_return value;
  }
  void empty() { behind_ = std::make_unique<MemoryStore>(clock_); }

  bool is_gone = false;
  bool loses_answers = false;
  int asked_for_pace = 0;

 private:
  void require() const {
    if (is_gone) throw NotReached("gone");
  }
  const Clock& clock_;
  std::unique_ptr<MemoryStore> behind_;
};

class GuardedStoreTest : public EphemeralFixture {
 protected:
  static constexpr EphemeralStore::Budget kTen{10, seconds(60)};
  EphemeralStore::Spent spend(GuardedStore& at) { return wait(at.spend("k", kTen, {})); }
  int allowed_of(int tries, GuardedStore& at) {
    int allowed = 0;
    for (int i = 0; i < tries; ++i) allowed += spend(at).allowed ? 1 : 0;
    return allowed;
  }

  EphemeralStore::Paced pace(GuardedStore& at) { return wait(at.pace("k", rates_)); }
  int paced_of(int tries, GuardedStore& at) {
    int allowed = 0;
    for (int i = 0; i < tries; ++i) allowed += pace(at).allowed ? 1 : 0;
    return allowed;
  }

  const std::vector<EphemeralStore::Rate> rates_{{"usual", 10, seconds(100)}};
  Leaving shared_{clock_};
  MemoryStore own_a_{clock_};
  MemoryStore own_b_{clock_};
  GuardedStore a_{shared_, own_a_};
  GuardedStore b_{shared_, own_b_};
};

TEST_F(GuardedStoreTest, InstancesShareABudget) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(spend(a_).allowed);
    EXPECT_TRUE(spend(b_).allowed);
  }
  EXPECT_FALSE(spend(a_).allowed);
  EXPECT_FALSE(spend(b_).allowed);
}

TEST_F(GuardedStoreTest, WhenTheSharedStoreGoesABudgetGoesOnFromWhereItStood) {  // closed, never open
  for (int i = 0; i < 8; ++i) spend(b_);
  EXPECT_EQ(spend(a_).used, 9);
  shared_.is_gone = true;
  EXPECT_TRUE(spend(a_).allowed);
  EXPECT_FALSE(spend(a_).allowed);
}

TEST_F(GuardedStoreTest, AUsedUpBudgetStaysSoWithoutTheSharedStore) {
  for (int i = 0; i < 11; ++i) spend(a_);
  shared_.is_gone = true;
  EXPECT_FALSE(spend(a_).allowed);
}

TEST_F(GuardedStoreTest, AStoreThatWasEmptiedOpensNothing) {
  int allowed = 0;
  for (int i = 0; i < 5; ++i) {
    allowed += allowed_of(4, a_);
    shared_.empty();
  }
  EXPECT_EQ(allowed, 10);
  clock_.advance(seconds(60));
  EXPECT_TRUE(spend(a_).allowed);  // the window that was remembered has ended
}

TEST_F(GuardedStoreTest, AStoreThatComesAndGoesOpensNothing) {
  int allowed = 0;
  for (int i = 0; i < 10; ++i) {
    shared_.is_gone = i % 2 == 1;
    allowed += allowed_of(3, a_);
  }
  EXPECT_EQ(allowed, 10);
}

TEST_F(GuardedStoreTest, WhatWasUsedMeanwhileIsToldToTheStoreThatComesBack) {
  EXPECT_EQ(allowed_of(2, a_), 2);
  shared_.is_gone = true;
  EXPECT_EQ(allowed_of(5, a_), 5);
  shared_.is_gone = false;
  EXPECT_EQ(spend(a_).used, 8);
  EXPECT_EQ(spend(b_).used, 9);
}

TEST_F(GuardedStoreTest, WhatAnotherInstanceForgaveIsForgivenHere) {
  for (int i = 0; i < 10; ++i) spend(a_);
  wait(b_.forgive("k", seconds(60)));
  EXPECT_TRUE(spend(a_).allowed);
}

TEST_F(GuardedStoreTest, AUseThatIsGivenBackIsOneLessForAll) {
  EXPECT_EQ(allowed_of(10, a_), 10);
  wait(a_.give_back("k"));
  EXPECT_TRUE(spend(b_).allowed);
  EXPECT_FALSE(spend(a_).allowed);
  wait(a_.give_back("k"));
  shared_.empty();
  EXPECT_EQ(allowed_of(2, a_), 1) << "who remembers it has heard of it, too";
}

TEST_F(GuardedStoreTest, AUseThatIsGivenBackOnceIsNotTakenFromTwo) {
  EXPECT_EQ(allowed_of(5, a_), 5);
  shared_.is_gone = true;
  EXPECT_EQ(allowed_of(3, a_), 3);
  wait(a_.give_back("k"));  // one that the shared store was not told of
  shared_.is_gone = false;
  EXPECT_EQ(spend(a_).used, 8);
  EXPECT_EQ(spend(b_).used, 9);
}

TEST_F(GuardedStoreTest, AUseThatCannotBeGivenBackStaysCounted) {  // closed, never open
  EXPECT_EQ(allowed_of(10, a_), 10);
  shared_.is_gone = true;
  wait(a_.give_back("k"));
  EXPECT_FALSE(spend(a_).allowed);
}

TEST_F(GuardedStoreTest, AValueIsTakenOnceWhereverItWasPut) {
  wait(a_.put("k", "v", seconds(60)));
  EXPECT_EQ(wait(b_.take("k")), "v");
  EXPECT_EQ(wait(a_.take("k")), std::nullopt);
}

TEST_F(GuardedStoreTest, WithoutTheSharedStoreAValueIsFoundWhereItWasPut) {
  shared_.is_gone = true;
  wait(a_.put("k", "v", seconds(60)));
  EXPECT_EQ(wait(b_.take("k")), std::nullopt);
  EXPECT_EQ(wait(a_.take("k")), "v");
  shared_.is_gone = false;
  EXPECT_EQ(wait(a_.take("k")), std::nullopt);
}

TEST_F(GuardedStoreTest, AValueIsNeverInTwoPlaces) {
  shared_.loses_answers = true;
  EXPECT_THROW(wait(a_.put("k", "v", seconds(60))), Unavailable);
  EXPECT_EQ(wait(a_.take("k")), "v");  // it was carried out, and is there once
  EXPECT_EQ(wait(a_.take("k")), std::nullopt);
}

TEST_F(GuardedStoreTest, InstancesShareARate) {
  EXPECT_EQ(paced_of(5, a_), 5);
  EXPECT_EQ(paced_of(10, b_), 5);
  EXPECT_EQ(paced_of(10, a_), 0);
  clock_.advance(seconds(10));
  EXPECT_EQ(paced_of(5, a_) + paced_of(5, b_), 1);
}

TEST_F(GuardedStoreTest, TheAnswerToARateIsTheTighterOfTheTwo) {
  EXPECT_EQ(paced_of(4, a_), 4);
  EXPECT_EQ(pace(b_).left, 5);
  shared_.empty();
  EXPECT_EQ(pace(a_).left, 5) << "as it counted itself, not as the emptied store says";
}

TEST_F(GuardedStoreTest, AStoreThatWasEmptiedOpensNoRate) {  // closed, never open
  int allowed = 0;
  for (int i = 0; i < 5; ++i) {
    allowed += paced_of(4, a_);
    shared_.empty();
  }
  EXPECT_EQ(allowed, 10);
}

TEST_F(GuardedStoreTest, WithoutTheSharedStoreARateGoesOnFromWhatWasCountedHere) {  // closed, never open
  EXPECT_EQ(paced_of(8, a_), 8);
  shared_.is_gone = true;
  EXPECT_EQ(paced_of(8, a_), 2);
}

TEST_F(GuardedStoreTest, AFloodDoesNotReachTheSharedStore) {
  EXPECT_EQ(paced_of(100, a_), 10);
  EXPECT_EQ(shared_.asked_for_pace, 10);
  EXPECT_EQ(paced_of(100, b_), 0);
  EXPECT_EQ(shared_.asked_for_pace, 11) << "who was told once that it is too much remembers until when";
  clock_.advance(seconds(10));
  EXPECT_EQ(paced_of(100, b_), 1);
}

}  // namespace
}  // namespace secureauth::ephemeral
