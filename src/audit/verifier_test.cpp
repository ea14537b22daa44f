#include "audit/verifier.hpp"

#include "audit/sealed_log_fixture.hpp"

namespace secureauth::audit {
namespace {

class AuditVerifierTest : public SealedLogTest {};

TEST_F(AuditVerifierTest, AnEmptyLogIsWhole) {
  const auto report = verify();
  EXPECT_FALSE(report.finding);
  EXPECT_FALSE(report.newest);
}

TEST_F(AuditVerifierTest, WhatIsNotSealedWithinAMinuteIsFound) {  // ASVS 16.4.2
  record(2);
  EXPECT_EQ(verify().pending, 2U);
  EXPECT_EQ(found(), "");
  clock_.advance(std::chrono::seconds(61));
  EXPECT_EQ(found(), "unsealed");
  seal();
  EXPECT_EQ(found(), "");
}

TEST_F(AuditVerifierTest, NamesTheFirstBadRowOfSeveral) {
  record(30);
  seal();
  execute("UPDATE audit_logs SET ip = 'x' WHERE id IN (SELECT id FROM audit_logs ORDER BY id LIMIT 10 OFFSET 5)");
  const auto report = verify();
  ASSERT_TRUE(report.finding);
  EXPECT_EQ(report.finding->id, text("SELECT id FROM audit_logs ORDER BY id LIMIT 1 OFFSET 5"));
}

TEST_F(AuditVerifierTest, MergesBatchesWhoseIdsOverlap) {  // clocks of instances differ, transactions take their time
  const auto now = clock_.now();
  for (int batch = 0; batch < 40; ++batch) {
    for (int entry = 0; entry < 5; ++entry) {
      clock_.advance(now + std::chrono::seconds((batch * 7 + entry * 13) % 50) - clock_.now());
      record();
    }
    seal();
  }
  const auto report = verify();
  EXPECT_FALSE(report.finding) << report.finding->words;
  EXPECT_EQ(report.sealed, 200U);
  execute("DELETE FROM audit_logs WHERE id = (SELECT id FROM audit_logs ORDER BY id LIMIT 1 OFFSET 99)");
  EXPECT_EQ(found(), "removed");
}

TEST_F(AuditVerifierTest, FindsAnEntryThatWasSealedTwice) {
  record(3);
  seal();
  clock_.advance(std::chrono::seconds(1));
  record();
  execute("UPDATE audit_heads SET last_id = '00000000-0000-0000-0000-000000000000'");  // hides it from the sealer
  execute("INSERT INTO audit_pending (entry_id) SELECT id FROM audit_logs ORDER BY id LIMIT 1");
  seal();
  execute(
      "UPDATE audit_heads SET last_id = (SELECT max(id) FROM (SELECT id FROM audit_logs ORDER BY rowid LIMIT 3))"
      " WHERE tree_size = 3");
  EXPECT_EQ(found(), "repeated");
}

TEST_F(AuditVerifierTest, AColumnOfAnotherTypeIsAnAlteration) {  // which SQLite takes
  record(3);
  seal();
  execute("UPDATE audit_logs SET event = x'00' WHERE id = (SELECT max(id) FROM audit_logs)");
  EXPECT_EQ(found(), "altered");
  execute("UPDATE audit_heads SET key_id = x'00'");
  EXPECT_EQ(found(), "altered");
}

TEST_F(AuditVerifierTest, ARowWhoseIdIsNoneIsFoundWhereverItSorts) {
  record(3);
  seal();
  for (const auto* id : {"''", "'zzz'", "'00000000-0000-0000-0000-000000000000'", "7", "x'00'"}) {
    execute(
        std::string("INSERT INTO audit_logs (id, at, event, outcome, ip, user_agent, request_id, details) SELECT ") +
        id + ", at, event, outcome, ip, user_agent, request_id, details FROM audit_logs LIMIT 1");
    EXPECT_NE(found(), "") << id;
    execute(std::string("DELETE FROM audit_logs WHERE id = ") + id);
    EXPECT_EQ(found(), "") << id;
  }
}

TEST_F(AuditVerifierTest, ReadsMoreThanAPageOfRowsAndBatches) {
  for (std::size_t i = 0; i < log_store::kMostBatches + 3; ++i) {
    record(log_store::kMostEntries / log_store::kMostBatches);
    clock_.advance(std::chrono::seconds(1));
    seal();
  }
  const auto report = verify();
  EXPECT_FALSE(report.finding);
  EXPECT_GT(report.sealed, log_store::kMostEntries);
}

TEST_F(AuditVerifierTest, ThousandsOfRowsThatWaitAreNotKeptInMemory) {
  record(25000);
  const auto report = verify();
  EXPECT_FALSE(report.finding);
  EXPECT_EQ(report.pending, 25000U);
}

}  // namespace
}  // namespace secureauth::audit
