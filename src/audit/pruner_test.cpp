#include "audit/pruner.hpp"

#include "audit/sealed_log_fixture.hpp"
#include "audit/segment.hpp"

#include <fstream>

namespace secureauth::audit {
namespace {

class AuditPrunerTest : public SealedLogTest {
 protected:
  void make_batches(int count) {
    for (int i = 0; i < count; ++i) {
      clock_.advance(std::chrono::seconds(1));
      record(2);
      seal();
    }
  }

  Result<Pruner::Done> prune(db::Database& database, const std::string& name) {
    const Pruner pruner({.database = database, .heads = heads_, .audit = log_});
    return run_to_end(pruner(clock_.now() + std::chrono::hours(1), folder_.path() / name, Operator{}));
  }

  const HeadVerifier heads_{keys_for_tests()};
};

TEST_F(AuditPrunerTest, OfTwoAtOnceOneDeletesAndTheOtherSaysSo) {
  make_batches(4);
  Interrupted interrupted(*opened_, [this] { ASSERT_TRUE(prune(*opened_, "other.jsonl")); });
  const auto late = prune(interrupted, "late.jsonl");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::conflict);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "late.jsonl"));
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "other.jsonl"));
  EXPECT_EQ(number("SELECT count(*) FROM audit_logs WHERE event = 'audit.pruned'"), 1);
  seal();
  EXPECT_EQ(found(), "");
}

TEST_F(AuditPrunerTest, EachBatchIsTakenByOneAtATime) {
  make_batches(3);
  database_->take_subjects();
  ASSERT_TRUE(prune(*database_, "a.jsonl"));
  EXPECT_EQ(database_->take_subjects(), (std::vector<std::string>{"audit.prune", "audit.prune"}));
}

TEST_F(AuditPrunerTest, NamesTheReceiverThatItStopsFor) {  // in the settings or not
  make_batches(4);
  execute(
      "INSERT INTO audit_deliveries (sink, next_entry, updated_at) VALUES ('webhook:gone', 4, '2026-01-01T00:00:00Z'),"
      " ('syslog', 8, '2026-01-01T00:00:00Z')");
  const auto some = prune(*opened_, "some.jsonl");
  ASSERT_TRUE(some && some->pruned && some->waited_for);
  EXPECT_EQ(some->pruned->tree_size, 4U);
  EXPECT_EQ(some->waited_for->sink, "webhook:gone");
  EXPECT_EQ(some->waited_for->next_entry, 4U);
  const auto none = prune(*opened_, "none.jsonl");
  ASSERT_TRUE(none && none->waited_for);
  EXPECT_FALSE(none->pruned);
}

TEST_F(AuditPrunerTest, ABatchAmongOthersGoesAlone) {  // an entry that waited for long makes its batch span others
  record();
  execute("UPDATE audit_pending SET position = position + 1000");
  execute("CREATE TABLE late AS SELECT * FROM audit_pending");
  execute("DELETE FROM audit_pending");
  make_batches(3);
  execute("INSERT INTO audit_pending SELECT * FROM late");
  record();
  seal();
  make_batches(1);
  const auto done = prune(*opened_, "all.jsonl");
  ASSERT_TRUE(done && done->pruned);
  EXPECT_EQ(done->pruned->tree_size, 8U);
  std::ifstream in(folder_.path() / "all.jsonl");
  const auto report = segment::verify(in, heads_, &keys_for_tests());
  EXPECT_FALSE(report.finding) << report.finding->words;
  EXPECT_EQ(report.entries, 8U);
  seal();
  EXPECT_EQ(found(), "");
}

TEST_F(AuditPrunerTest, APublishedHeadIsComparedWithTheFileThatHoldsItsEntries) {  // ASVS 16.4.2, attack 40
  make_batches(2);
  auto published = run_to_end(log_store::newest(*opened_))->head;
  make_batches(2);
  ASSERT_TRUE(prune(*opened_, "file.jsonl"));
  for (const bool right : {true, false}) {
    std::ifstream in(folder_.path() / "file.jsonl");
    const auto report = segment::verify(in, heads_, nullptr, {published});
    EXPECT_FALSE(report.finding);
    EXPECT_EQ(report.replaced.empty(), right);
    published.head.root = {};
  }
}

}  // namespace
}  // namespace secureauth::audit
