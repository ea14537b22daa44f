#include "audit/sealer.hpp"

#include "audit/batch_maker.hpp"
#include "audit/sealed_log_fixture.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace secureauth::audit {
namespace {

class AuditSealerTest : public SealedLogTest {};

const AuditKeys& other_keys() {
  static const AuditKeys keys(crypto::SecretBytes("another key of thirty-two bytes!"), {});
  return keys;
}

const AuditKeys& rotated_keys() {
  static const AuditKeys keys = [] {
    std::vector<crypto::SecretBytes> old;
    old.emplace_back(32);
    return AuditKeys(crypto::SecretBytes("another key of thirty-two bytes!"), old);
  }();
  return keys;
}

TEST_F(AuditSealerTest, NothingWaitingCostsOneReadAndNoWrite) {
  auto seal = sealer();
  record(3);
  EXPECT_EQ(run_to_end(seal()), 3U);
  database_->take();
  EXPECT_EQ(run_to_end(seal()), 0U);
  const auto statements = database_->take();
  ASSERT_EQ(statements.size(), 1U);
  EXPECT_TRUE(db::is_read(db::Statement{statements.front()}));
}

TEST_F(AuditSealerTest, SealsWhatWaitsInItsOrderOneAtATime) {  // ASVS 16.4.2
  record(5);
  const auto first = text("SELECT entry_id FROM audit_pending ORDER BY position LIMIT 1");
  EXPECT_EQ(seal(), 5U);
  const auto subjects = database_->take_subjects();
  EXPECT_EQ(subjects, std::vector<std::string>{"audit.seal"});
  EXPECT_EQ(number("SELECT count(*) FROM audit_pending"), 0);
  EXPECT_EQ(number("SELECT tree_size FROM audit_heads"), 5);
  const auto batch = run_to_end(log_store::of_size(*database_, 5));
  EXPECT_EQ(id_text(leaf_at(batch->leaves, 0).id), first);
  EXPECT_EQ(found(), "");
}

TEST_F(AuditSealerTest, SealsMoreThanABatchHoldsAtOnce) {
  record(log_store::kMostWaiting + 7);
  EXPECT_EQ(seal(), log_store::kMostWaiting + 7);
  EXPECT_EQ(number("SELECT count(*) FROM audit_heads"), 2);
  const auto report = verify();
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(report.sealed, log_store::kMostWaiting + 7);
}

TEST_F(AuditSealerTest, LeavesLinesThatCameToLightMeanwhile) {
  record(3);
  execute("UPDATE audit_pending SET position = position + 10 WHERE position > 1");  // 1, 12, 13
  const auto lines = run_to_end(log_store::waiting(*database_, 0));
  BatchMaker made(keys_for_tests(), false);
  for (const auto& line : lines) made.look_at(line);
  const auto done = made.done();
  ASSERT_EQ(done.size(), 2U);  // a line at 5, committed since, is in neither
  EXPECT_EQ(done[0].to, 1);
  EXPECT_EQ(done[1].from, 12);
  EXPECT_EQ(done[1].to, 13);
}

TEST_F(AuditSealerTest, ForgedLinesNeitherGetInNorHoldOthersUp) {  // attack 40
  record(4);
  execute(
      "UPDATE audit_logs SET details = '{\"x\":1}' WHERE id = (SELECT entry_id FROM audit_pending WHERE position = 2)");
  execute("DELETE FROM audit_logs WHERE id = (SELECT entry_id FROM audit_pending WHERE position = 3)");
  execute("INSERT INTO audit_pending (entry_id) SELECT entry_id FROM audit_pending WHERE position = 1");
  EXPECT_EQ(seal(), 2U);
  EXPECT_EQ(number("SELECT count(*) FROM audit_logs WHERE event = 'audit.tampering_noticed'"), 3);
  EXPECT_EQ(seal(), 3U);  // what was recorded of it
  EXPECT_EQ(seal(), 0U);
  EXPECT_EQ(found(), "inserted");  // the altered one, which nobody sealed
}

TEST_F(AuditSealerTest, ALineOfASealedEntryIsTakenOut) {  // attack 40
  record(40);
  EXPECT_EQ(seal(), 40U);
  for (int batch = 0; batch < 20; ++batch) {
    clock_.advance(std::chrono::seconds(1));
    record();
    seal();
  }
  execute("INSERT INTO audit_pending (entry_id) SELECT id FROM audit_logs ORDER BY id LIMIT 50");
  record();
  EXPECT_EQ(seal(), 1U);
  EXPECT_EQ(seal(), 1U);  // audit.tampering_noticed
  EXPECT_EQ(found(), "");
}

TEST_F(AuditSealerTest, AnEntryUnderAKeyNotYetKnownWaitsForWhoKnowsIt) {
  record();
  record(2, other_keys());
  EXPECT_EQ(seal(), 1U);
  EXPECT_EQ(seal(), 0U);
  auto knowing = sealer({}, rotated_keys());
  EXPECT_EQ(run_to_end(knowing()), 2U);
  const auto report = verify({}, rotated_keys());
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(report.sealed, 3U);
}

TEST_F(AuditSealerTest, WhatOnlyOthersCanSealIsNotLookedAtEverySecond) {
  record(2, other_keys());
  auto one = sealer();
  EXPECT_EQ(run_to_end(one()), 0U);
  database_->take_subjects();
  for (int second = 0; second < 9; ++second) {
    clock_.advance(std::chrono::seconds(1));
    run_to_end(one());
  }
  EXPECT_TRUE(database_->take_subjects().empty());
  record();
  EXPECT_EQ(run_to_end(one()), 1U);  // what is new is sealed at once
  run_to_end(one());
  database_->take_subjects();
  clock_.advance(std::chrono::seconds(11));  // and now and then it looks again
  run_to_end(one());
  EXPECT_EQ(database_->take_subjects().size(), 1U);
}

TEST_F(AuditSealerTest, FollowsTheNewestHeadWhileLinesStay) {
  record(1, other_keys());
  auto one = sealer();
  run_to_end(one());
  for (int i = 0; i < 2; ++i) {
    record();
    seal();
    run_to_end(one());
    ASSERT_TRUE(one.newest());
    EXPECT_EQ(one.newest()->head.tree_size, static_cast<std::uint64_t>(i) + 1);
  }
}

// Attack 40: SQLite takes a value of any type. What follows is sealed all the same.
TEST_F(AuditSealerTest, ALineOfAnotherTypeHoldsNobodyUp) {
  for (const std::string change :
       {"UPDATE audit_logs SET at = x'00' WHERE id = (SELECT max(id) FROM audit_logs)",
        "UPDATE audit_logs SET mac = 1.5 WHERE id = (SELECT max(id) FROM audit_logs)",
        "UPDATE audit_logs SET mac = NULL, at = x'00' WHERE id = (SELECT max(id) FROM audit_logs)",
        "UPDATE audit_logs SET details = 7.5 WHERE id = (SELECT max(id) FROM audit_logs)"}) {
    record();
    execute(change);
    record();
    EXPECT_EQ(seal(), 1U) << change;
    EXPECT_EQ(number("SELECT count(*) FROM audit_pending"), 1) << "what was recorded of it";
    seal();
  }
}

TEST_F(AuditSealerTest, ANewestHeadOfAnotherTypeIsTold) {  // attack 40
  record();
  seal();
  execute("UPDATE audit_heads SET peaks = 'x'");
  record();
  EXPECT_THROW(seal(), std::runtime_error);
  EXPECT_EQ(number("SELECT count(*) FROM audit_logs WHERE event = 'audit.tampering_noticed'"), 1);
}

TEST_F(AuditSealerTest, AnAnchorAsTheNewestHeadIsSealedUpon) {
  record(2);
  seal();
  execute("UPDATE audit_heads SET leaves = x''");
  record();
  EXPECT_EQ(seal(), 1U);
}

TEST_F(AuditSealerTest, ALogThatWasEmptiedBeginsWithNoEntryWithoutAMac) {  // attack 40
  record();
  auto one = sealer();
  run_to_end(one());
  for (const auto* table : {"audit_logs", "audit_heads", "audit_pending"}) execute(std::string("DELETE FROM ") + table);
  record();
  execute("UPDATE audit_logs SET mac = NULL");
  run_to_end(one());
  run_to_end(one());
  EXPECT_EQ(verify().without_mac, 0U);
  EXPECT_EQ(found(), "inserted");
}

TEST_F(AuditSealerTest, EntriesOlderThanMacsAreSealedOnlyBeforeAllOthers) {
  record(3);
  execute("UPDATE audit_logs SET mac = NULL");
  EXPECT_EQ(seal(), 3U);
  record(2);
  execute("UPDATE audit_logs SET mac = NULL WHERE id = (SELECT entry_id FROM audit_pending WHERE position = 4)");
  EXPECT_EQ(seal(), 2U);
  record();
  execute("UPDATE audit_logs SET mac = NULL WHERE id IN (SELECT entry_id FROM audit_pending)");
  EXPECT_EQ(seal(), 0U);
  EXPECT_EQ(number("SELECT count(*) FROM audit_logs WHERE event = 'audit.tampering_noticed'"), 1);
  EXPECT_EQ(found(), "inserted");
}

TEST_F(AuditSealerTest, BuildsOnNoHeadThatDoesNotHold) {  // attack 40
  record();
  seal();
  execute("UPDATE audit_heads SET root_hash = zeroblob(32)");
  record();
  auto one = sealer();
  EXPECT_THROW(run_to_end(one()), std::runtime_error);
  EXPECT_THROW(run_to_end(one()), std::runtime_error);
  EXPECT_EQ(number("SELECT count(*) FROM audit_heads"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM audit_logs WHERE event = 'audit.tampering_noticed'"), 1);
}

TEST_F(AuditSealerTest, NoticesALogThatDoesNotGoOnFromTheHeadItSaw) {  // attack 40
  record();
  seal();
  execute("CREATE TABLE kept AS SELECT * FROM audit_heads");
  record();
  auto one = sealer();
  run_to_end(one());
  EXPECT_FALSE(one.went_back());
  const auto seen = one.newest();
  ASSERT_EQ(seen->head.tree_size, 2U);
  execute("DELETE FROM audit_heads WHERE tree_size = 2");
  execute("DELETE FROM audit_logs WHERE id = (SELECT max(id) FROM audit_logs)");
  record(2);
  run_to_end(one());
  EXPECT_TRUE(one.went_back());
  run_to_end(one());
  EXPECT_EQ(number("SELECT count(*) FROM audit_logs WHERE event = 'audit.tampering_noticed'"), 1);
  auto later = sealer(seen);  // another life, which knows the head from a file
  run_to_end(later());
  EXPECT_TRUE(later.went_back());
}

TEST_F(AuditSealerTest, KnowsTheHeadThatAnotherInstanceMade) {
  auto one = sealer();
  auto other = sealer();
  for (int i = 0; i < 3; ++i) {
    record();
    run_to_end(one());
    run_to_end(other());
    EXPECT_EQ(one.newest(), other.newest());
    EXPECT_FALSE(other.went_back());
  }
}

}  // namespace
}  // namespace secureauth::audit
