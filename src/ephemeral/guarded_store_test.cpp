#include "ephemeral/guarded_store.hpp"

#include "core/error.hpp"
#include "ephemeral/ephemeral_fixture.hpp"

namespace secureauth::ephemeral {
namespace {

using std::chrono::seconds;

/// A store that can be made to go away.
class Leaving final : public EphemeralStore {
 public:
  explicit Leaving(const Clock& clock) : behind_(clock) {}

  net::awaitable<Spent> spend(std::string key, std::int64_t limit, std::chrono::milliseconds window) override {
    require();
    auto spent = co_await behind_.spend(std::move(key), limit, window);
    co_return spent;
  }
  net::awaitable<void> forgive(std::string key) override {
    require();
    co_await behind_.forgive(std::move(key));
  }
  net::awaitable<void> put(std::string key, std::string value, std::chrono::milliseconds life) override {
    require();
    co_await behind_.put(std::move(key), std::move(value), life);
  }
  net::awaitable<std::optional<std::string>> take(std::string key) override {
    require();
    auto value = co_await behind_.take(std::move(key));
    co_return value;
  }

  bool is_gone = false;

 private:
  void require() const {
    if (is_gone) throw Unavailable("gone");
  }
  MemoryStore behind_;
};

class GuardedStoreTest : public EphemeralFixture {
 protected:
  EphemeralStore::Spent spend(GuardedStore& at) { return wait(at.spend("k", 10, seconds(60))); }

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

TEST_F(GuardedStoreTest, WhatAnotherInstanceForgaveIsForgivenHere) {
  for (int i = 0; i < 10; ++i) spend(a_);
  wait(b_.forgive("k"));
  EXPECT_TRUE(spend(a_).allowed);
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

}  // namespace
}  // namespace secureauth::ephemeral
