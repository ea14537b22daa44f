#include "audit/live_tail.hpp"

#include "audit/sealed_log_fixture.hpp"

#include <numeric>

namespace secureauth::audit {
namespace {

class LiveTailTest : public SealedLogTest {
 protected:
  LiveTail tail(std::chrono::milliseconds look_every = {}, std::int64_t most_behind = 4096) {
    return LiveTail(
        {.database = *database_, .keys = keys_for_tests(), .look_every = look_every, .most_behind = most_behind});
  }
  static LiveTail::Piece read(LiveTail& tail, std::int64_t from) { return run_to_end(tail.read(from)); }
  void sealed(std::size_t count) {
    record(count);
    EXPECT_EQ(seal(), count);
  }
  static std::vector<std::int64_t> numbers(const LiveTail::Piece& piece) {
    std::vector<std::int64_t> found;
    for (const auto& line : piece.lines) found.push_back(line->number);
    return found;
  }
  static std::vector<std::int64_t> counted(std::int64_t from, std::size_t count) {
    std::vector<std::int64_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), from);
    return numbers;
  }
};

TEST_F(LiveTailTest, GivesEachEntryOnceInTheOrderOfTheLog) {
  auto one = tail();
  sealed(3);
  const auto begin = run_to_end(one.end());
  EXPECT_EQ(begin, 3);
  EXPECT_TRUE(read(one, begin).lines.empty());
  sealed(LiveTail::kMostLines + 50);
  const auto first = read(one, begin);
  EXPECT_EQ(numbers(first), counted(3, LiveTail::kMostLines));
  const auto second = read(one, first.next);
  EXPECT_EQ(numbers(second), counted(first.next, 50));
  EXPECT_EQ(first.left_out + second.left_out, 0);
  const auto nothing = read(one, second.next);
  EXPECT_TRUE(nothing.lines.empty());
  EXPECT_EQ(nothing.next, second.next);
}

TEST_F(LiveTailTest, ALineIsWhatTheListShows) {
  auto one = tail();
  read(one, 0);
  sealed(1);
  const auto piece = read(one, 0);
  ASSERT_EQ(piece.lines.size(), 1U);
  const auto json = boost::json::parse(piece.lines[0]->json).as_object();
  EXPECT_EQ(json.at("id").as_string(), text("SELECT id FROM audit_logs"));
  EXPECT_FALSE(json.contains("entry"));
}

TEST_F(LiveTailTest, HoweverManyFollowTheStoreIsAskedOnceInAWhile) {
  auto one = tail(std::chrono::hours(1));
  sealed(5);
  read(one, 5);
  EXPECT_EQ(database_->take().size(), 1U) << "one look, which finds where the log ends";
  for (int i = 0; i < 50; ++i) read(one, 5);
  EXPECT_TRUE(database_->take().empty());
}

TEST_F(LiveTailTest, WhatOneReadOthersHaveWithoutTheStore) {
  auto one = tail();
  read(one, 0);
  sealed(20);
  read(one, 0);
  database_->take();
  EXPECT_EQ(read(one, 0).lines.size(), 20U);
  EXPECT_EQ(database_->take().size(), 1U) << "whether there is more";
}

TEST_F(LiveTailTest, WhoLagsReadsForHimself) {
  sealed(30);
  auto one = tail();
  read(one, 30);
  const auto piece = read(one, 10);
  EXPECT_EQ(numbers(piece), counted(10, 20));
  EXPECT_EQ(piece.next, 30);
}

// Else who asks for the oldest entry has the whole log read and verified for himself, unseen by those who watch
// exports.
TEST_F(LiveTailTest, NobodyIsReadMoreOfThePastThanTheBound) {  // ASVS 8.4.2, 15.2.2
  auto one = tail({}, 12);
  sealed(30);
  for (const std::int64_t from : {0, 17}) {
    const auto told = read(one, from);
    EXPECT_TRUE(told.lines.empty());
    EXPECT_EQ(told.left_out, 18 - from);
    EXPECT_EQ(told.next, one.oldest(30));
    EXPECT_EQ(numbers(read(one, told.next)), counted(18, 12));
  }
  sealed(30);  // who follows, too, when more comes than he takes
  EXPECT_EQ(read(one, 30).left_out, 18);
  EXPECT_EQ(one.oldest(5), 0);
}

TEST_F(LiveTailTest, WhatIsKeptGoesWithTheLastFollower) {
  auto one = tail();
  auto first = one.join();
  auto second = one.join();
  read(one, 0);
  sealed(20);
  read(one, 0);
  for (auto* leaves : {&first, &second}) {
    database_->take();
    EXPECT_EQ(read(one, 0).lines.size(), 20U);
    EXPECT_EQ(database_->take().size(), 1U) << "whether there is more";
    leaves->reset();
  }
  EXPECT_EQ(read(one, 0).lines.size(), 20U);
  EXPECT_GT(database_->take().size(), 1U) << "read anew";
}

TEST_F(LiveTailTest, AFollowerMayOutliveTheTail) {
  LiveTail::Follower follower;
  {
    auto one = tail();
    follower = one.join();
  }
  follower.reset();
}

TEST_F(LiveTailTest, WhatIsNotAsItWasSealedIsLeftOutAndTold) {  // ASVS 16.4.2
  auto one = tail();
  read(one, 0);
  sealed(3);
  execute("UPDATE audit_logs SET ip = 'another' WHERE id = (SELECT MIN(id) FROM audit_logs)");
  const auto piece = read(one, 0);
  EXPECT_EQ(piece.lines.size(), 2U);
  EXPECT_EQ(piece.left_out, 1);
  EXPECT_EQ(piece.next, 3);
}

TEST_F(LiveTailTest, ABatchThatNobodySealedIsPassedOverAndTold) {
  for (const bool lags : {false, true}) {
    auto one = tail();
    const auto begin = run_to_end(one.end());
    if (!lags) read(one, begin);
    sealed(4);
    execute(
        "UPDATE audit_heads SET signature = zeroblob(64) WHERE tree_size = (SELECT MAX(tree_size) FROM audit_heads)");
    const auto piece = read(one, begin);
    EXPECT_TRUE(piece.lines.empty());
    EXPECT_EQ(piece.left_out, 4);
    execute("DELETE FROM audit_heads");
    execute("DELETE FROM audit_logs");
  }
}

TEST_F(LiveTailTest, GoesOnBehindAnEntry) {
  sealed(5);
  auto one = tail();
  const auto id = read(one, 0).lines.at(1)->entry.id;
  EXPECT_EQ(run_to_end(one.behind(id)), 2);
  EXPECT_EQ(run_to_end(one.behind("00000000-0000-7000-8000-000000000000")), std::nullopt);
  EXPECT_EQ(run_to_end(one.behind("no id")), std::nullopt);
}

}  // namespace
}  // namespace secureauth::audit
