#include "audit/verifier.hpp"

#include "audit/sealed_log_fixture.hpp"

namespace secureauth::audit {
namespace {

class AuditVerifierTest : public SealedLogTest {
 protected:
  /// Of an entry each; their heads.
  std::vector<SignedHead> make_batches(std::size_t count) {
    std::vector<SignedHead> heads;
    for (std::size_t i = 0; i < count; ++i) {
      clock_.advance(std::chrono::seconds(1));
      record();
      seal();
      heads.push_back(run_to_end(log_store::newest(*database_))->head);
    }
    return heads;
  }

  void record_pruning(int until) {
    Entry entry{.event = Event::audit_pruned, .details = {{"until", until}}};
    run_to_end(log_.record_alone(*opened_, std::move(entry)));
  }

  /// As a pruning does it.
  void forget_beginning(int size) {
    record_pruning(size);
    seal();
    const auto number = std::to_string(size);
    execute("DELETE FROM audit_heads WHERE tree_size < " + number);
    execute("UPDATE audit_heads SET leaves = x'' WHERE tree_size = " + number);
    execute("DELETE FROM audit_logs WHERE id IN (SELECT id FROM audit_logs ORDER BY id LIMIT " + number + ")");
  }
};

TEST_F(AuditVerifierTest, AnEmptyLogIsWhole) {
  const auto report = verify();
  EXPECT_TRUE(report.findings.empty());
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
  ASSERT_EQ(report.findings.count(), 10U);
  EXPECT_EQ(report.findings.kept().front().id, text("SELECT id FROM audit_logs ORDER BY id LIMIT 1 OFFSET 5"));
}

TEST_F(AuditVerifierTest, NamesTheFirstHundredAndCountsAll) {  // ASVS 16.4.2: an old incident hides no new one
  record(300);
  seal();
  execute("UPDATE audit_logs SET ip = 'x'");
  execute("DELETE FROM audit_logs WHERE id IN (SELECT id FROM audit_logs ORDER BY id LIMIT 5)");
  const auto report = verify();
  EXPECT_EQ(report.findings.count(), 300U);
  ASSERT_EQ(report.findings.kept().size(), Findings::kMostKept);
  EXPECT_EQ(report.findings.kept()[4].kind, "removed");
  EXPECT_EQ(report.findings.kept()[5].kind, "altered");
}

TEST_F(AuditVerifierTest, GoesOnBehindWhatIsWrong) {  // ASVS 16.4.2
  make_batches(8);
  execute("DELETE FROM audit_heads WHERE tree_size = 2");
  execute("DELETE FROM audit_logs WHERE id = (SELECT id FROM audit_logs ORDER BY id LIMIT 1 OFFSET 1)");
  execute("UPDATE audit_heads SET root_hash = zeroblob(32) WHERE tree_size = 4");
  execute("UPDATE audit_heads SET leaves = zeroblob(48) WHERE tree_size = 6");
  execute("UPDATE audit_heads SET signature = zeroblob(64) WHERE tree_size = 7");
  const auto report = verify();
  std::vector<std::string> kinds;
  for (const auto& finding : report.findings.kept()) kinds.push_back(finding.kind);
  // The seventh goes on from leaves that were altered, and no signature says from where.
  const std::vector<std::string> expected{"batch_removed", "root", "root", "root", "removed", "unqueued"};
  EXPECT_EQ(kinds, expected);
}

TEST_F(AuditVerifierTest, AnAlteredSignatureInTheMiddleOfManyIsNamed) {  // attack 40
  make_batches(100);
  execute("UPDATE audit_heads SET signature = zeroblob(64) WHERE tree_size = 57");
  const auto report = verify();
  ASSERT_EQ(report.findings.count(), 1U);
  EXPECT_EQ(report.findings.kept().front().kind, "signature");
  EXPECT_EQ(report.findings.kept().front().entry, 56U);
}

TEST_F(AuditVerifierTest, APublishedHeadThatTheLogBeginsBehindIsNotPassedOver) {  // attack 40
  auto heads = make_batches(4);
  forget_beginning(3);
  EXPECT_EQ(found({heads[2], heads[3]}), "");
  EXPECT_EQ(found({heads[1]}), "unreached");
}

TEST_F(AuditVerifierTest, APruningThatIsNotSealedVouchesForNothing) {  // attack 40
  make_batches(4);
  execute("UPDATE audit_heads SET leaves = x'' WHERE tree_size = 3");
  execute("DELETE FROM audit_heads WHERE tree_size < 3");
  execute("DELETE FROM audit_logs WHERE id IN (SELECT id FROM audit_logs ORDER BY id LIMIT 3)");
  record_pruning(3);
  EXPECT_EQ(found(), "no_anchor");
  seal();
  EXPECT_EQ(found(), "");
}

TEST_F(AuditVerifierTest, ABatchThatOneIndexHidesIsFound) {  // attack 40: an index of SQLite that is not of its table
  make_batches(4);
  execute("DELETE FROM audit_logs WHERE id IN (SELECT id FROM audit_logs ORDER BY id LIMIT 1 OFFSET 1)");
  execute("DROP INDEX audit_heads_by_first_id");
  execute("CREATE INDEX audit_heads_by_first_id ON audit_heads (first_id, tree_size) WHERE tree_size <> 2");
  execute("PRAGMA writable_schema = ON");
  execute(
      "UPDATE sqlite_master SET sql = 'CREATE INDEX audit_heads_by_first_id ON audit_heads (first_id, tree_size)'"
      " WHERE name = 'audit_heads_by_first_id'");
  opened_ = db::open_sqlite(file_);
  database_ = std::make_unique<db::RecordingDatabase>(*opened_);
  EXPECT_EQ(found(), "index");
}

TEST_F(AuditVerifierTest, AKeyThatWasReplacedVouchesNoMore) {  // ASVS 16.4.2: it may have leaked
  const AuditKeys old(crypto::SecretBytes("another key of thirty-two bytes!"), {});
  std::vector<crypto::SecretBytes> former;
  former.emplace_back(crypto::SecretBytes("another key of thirty-two bytes!"));
  const AuditKeys keys(crypto::SecretBytes(32), former);
  const auto seal_by = [&](const AuditKeys& by) {
    auto one = sealer({}, by);
    run_to_end(one());
  };
  record(2, old);
  seal_by(old);
  record();
  record(1, old);  // an instance that has not taken up the new one yet
  seal_by(keys);
  EXPECT_TRUE(verify({}, keys).findings.empty());
  clock_.advance(std::chrono::hours(2));
  record(1, old);
  seal_by(keys);
  const AuditKeys rolled_back(crypto::SecretBytes("another key of thirty-two bytes!"), [] {
    std::vector<crypto::SecretBytes> other;
    other.emplace_back(32);
    return other;
  }());
  record(1, rolled_back);
  seal_by(rolled_back);
  const auto report = verify({}, keys);
  std::vector<std::string> words;
  for (const auto& finding : report.findings.kept()) words.push_back(finding.kind + " " + finding.words.substr(0, 8));
  const std::vector<std::string> expected{"old_key the head", "old_key entry 4 ", "old_key entry 5 "};
  EXPECT_EQ(words, expected);
}

TEST_F(AuditVerifierTest, CountsEntriesWithoutAMac) {  // attack 40: a log made since there are MACs has none
  record(3);
  execute("UPDATE audit_logs SET mac = NULL");
  seal();
  record();
  seal();
  EXPECT_EQ(verify().without_mac, 3U);
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
  EXPECT_TRUE(report.findings.empty()) << report.findings.kept().front().words;
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
  EXPECT_TRUE(report.findings.empty());
  EXPECT_GT(report.sealed, log_store::kMostEntries);
}

TEST_F(AuditVerifierTest, ThousandsOfRowsThatWaitAreNotKeptInMemory) {
  record(25000);
  const auto report = verify();
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(report.pending, 25000U);
}

}  // namespace
}  // namespace secureauth::audit
