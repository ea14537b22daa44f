#include "protection/stuffing_watch.hpp"

#include "core/clock_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth::protection {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class StuffingWatchTest : public testing::Test {
 protected:
  static GuessSubject account(int number) { return crypto::sha256(crypto::as_bytes(std::to_string(number))); }
  /// So many accounts, each once, from hosts of one network.
  void saw(int accounts, bool matched, const std::string& network = "192.0.2.", int first = 0) {
    for (int i = 0; i < accounts; ++i) {
      watch_.saw(network + std::to_string(i % 250), account(first + i), matched);
    }
  }
  /// The networks whose alarms began, and then, with a `-`, those whose alarms ended.
  std::vector<std::string> changes() {
    std::vector<std::string> told;
    for (const auto& change : watch_.take_changes()) told.push_back((change.raised ? "" : "-") + change.network);
    return told;
  }

  SetClock clock_;
  StuffingWatch watch_{clock_, {.min_failures = 20, .min_percent = 50, .window = minutes(10), .most_events = 500}};
};

TEST_F(StuffingWatchTest, ASprayFromOneNetworkRaisesItsAlarm) {  // CS Credential Stuffing, attack 6
  saw(19, false);
  EXPECT_FALSE(watch_.is_raised("192.0.2.1"));
  saw(1, false, "192.0.2.", 19);
  EXPECT_TRUE(watch_.is_raised("192.0.2.77"));
  EXPECT_FALSE(watch_.is_raised("198.51.100.1")) << "others go on as before";
  EXPECT_EQ(changes(), std::vector<std::string>{"192.0.2.0/24"});
  EXPECT_TRUE(changes().empty()) << "told once";
}

TEST_F(StuffingWatchTest, ASprayFromEverywhereRaisesTheAlarmForAll) {  // attack 6
  for (int i = 0; i < 100; ++i) watch_.saw("10." + std::to_string(i) + ".0.1", account(i), false);
  EXPECT_TRUE(watch_.is_raised("198.51.100.1"));
  EXPECT_EQ(changes(), std::vector<std::string>{""});
}

TEST_F(StuffingWatchTest, OneNetworkRaisesNoAlarmForAll) {  // attack 6
  for (int i = 0; i < 400; ++i) {
    watch_.saw("2001:db8:7:" + std::to_string(i) + "::1", account(i), false);
  }
  EXPECT_TRUE(watch_.is_raised("2001:db8:7::9"));
  EXPECT_FALSE(watch_.is_raised("198.51.100.1"));
}

TEST_F(StuffingWatchTest, ItTakesTwentyNetworksToRaiseTheAlarmForAll) {  // attack 6
  for (int i = 0; i < 19; ++i) saw(19, false, "10.0." + std::to_string(i) + ".", 100 * i);
  EXPECT_FALSE(watch_.is_raised("198.51.100.1"));
  saw(5, false, "10.0.19.", 1900);
  EXPECT_TRUE(watch_.is_raised("198.51.100.1"));
}

TEST_F(StuffingWatchTest, OnlyWhatCountedForAllIsForgottenForAll) {
  for (int i = 0; i < 30; ++i) saw(5, false, "10.0." + std::to_string(i) + ".", 100 * i);
  clock_.advance(minutes(5));
  for (int i = 0; i < 20; ++i) saw(5, false, "10.0." + std::to_string(i) + ".", 100 * i);
  clock_.advance(minutes(5));
  EXPECT_TRUE(watch_.is_raised("198.51.100.1")) << "the later ones still count";
  clock_.advance(minutes(5));
  EXPECT_FALSE(watch_.is_raised("198.51.100.1"));
  EXPECT_EQ(changes(), (std::vector<std::string>{"", "-"}));
}

TEST_F(StuffingWatchTest, OnePersonsMistakesAreNoAttack) {
  for (int i = 0; i < 400; ++i) watch_.saw("192.0.2.1", account(1), false);
  EXPECT_FALSE(watch_.is_raised("192.0.2.1"));
}

TEST_F(StuffingWatchTest, ABusyNetworkWhereMostSucceedIsNoAttack) {
  saw(60, true);
  saw(50, false, "192.0.2.", 100);
  EXPECT_FALSE(watch_.is_raised("192.0.2.1"));
  saw(10, false, "192.0.2.", 150);
  EXPECT_TRUE(watch_.is_raised("192.0.2.1")) << "half of them failed";
}

TEST_F(StuffingWatchTest, AnAlarmEndsByItself) {
  saw(20, false);
  EXPECT_EQ(changes().size(), 1U);
  clock_.advance(minutes(10) - seconds(1));
  EXPECT_TRUE(watch_.is_raised("192.0.2.1"));
  clock_.advance(seconds(1));
  EXPECT_FALSE(watch_.is_raised("192.0.2.1"));
  EXPECT_EQ(changes(), std::vector<std::string>{"-192.0.2.0/24"});
}

TEST_F(StuffingWatchTest, AnAlarmDoesNotFlap) {
  saw(20, false);
  for (int i = 0; i < 19; ++i) watch_.saw("192.0.2.1", account(1000 + i), true);
  EXPECT_TRUE(watch_.is_raised("192.0.2.1"));
  EXPECT_EQ(changes().size(), 1U);
  saw(60, true, "192.0.2.", 2000);
  EXPECT_FALSE(watch_.is_raised("192.0.2.1")) << "a quarter fails";
}

TEST_F(StuffingWatchTest, AnIPv6NetworkIsASite) {
  for (int i = 0; i < 20; ++i) {
    watch_.saw("2001:db8:7:" + std::to_string(i) + "::1", account(i), false);
  }
  EXPECT_TRUE(watch_.is_raised("2001:db8:7:ffff::9"));
  EXPECT_FALSE(watch_.is_raised("2001:db8:8::9"));
}

TEST_F(StuffingWatchTest, AFloodIsRememberedByItsEnd) {
  for (int i = 0; i < 2000; ++i) watch_.saw("10.0." + std::to_string(i % 256) + ".1", account(i), false);
  saw(450, true, "192.0.2.", 5000);
  EXPECT_FALSE(watch_.is_raised("198.51.100.1")) << "of the last 500 a tenth failed";
}

}  // namespace
}  // namespace secureauth::protection
