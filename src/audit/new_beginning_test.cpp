#include "audit/new_beginning.hpp"

#include "audit/known_key.hpp"
#include "audit/sealed_log_fixture.hpp"
#include "audit/stranded_entries.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace secureauth::audit {
namespace {

crypto::SecretBytes other_key() {
  crypto::SecretBytes key(32);
  key.bytes().front() = std::byte{7};
  return key;
}

/// A log sealed under the fixture's key, which then is lost.
class AuditNewBeginningTest : public SealedLogTest {
 protected:
  AuditNewBeginningTest() {
    for (int i = 0; i < 3; ++i) {
      clock_.advance(std::chrono::seconds(1));
      record(2);
      seal();
    }
  }

  Result<NewBeginning::Done> begin(db::Database& database) {
    const NewBeginning anew(
        {.database = database, .keys = present_, .heads = heads_, .audit = present_log_, .clock = clock_});
    return run_to_end(anew(former_, "lost", Operator{}));
  }
  Result<NewBeginning::Done> begin() { return begin(*opened_); }

  void seal_anew() {
    auto one = sealer({}, present_);
    run_to_end(one());
  }

  const AuditKeys present_{other_key(), {}};
  const HeadVerifier heads_{present_};
  const AuditLog present_log_{clock_, random_, present_};
  const std::filesystem::path former_ = folder_.path() / "former";
};

TEST_F(AuditNewBeginningTest, GoesOnBehindTheFormerTree) {  // ASVS 16.4.2
  const auto newest = run_to_end(log_store::newest(*opened_));
  const auto done = begin();
  ASSERT_TRUE(done && done->anchor);
  EXPECT_EQ(done->entries, 6U);
  EXPECT_EQ(done->anchor->head.root, newest->head.head.root);
  EXPECT_FALSE(done->knows_some_head);
  EXPECT_EQ(verify({}, present_).findings.kept().front().kind, "no_anchor");  // nothing is sealed yet that says so
  seal_anew();
  const auto report = verify({}, present_);
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(report.pruned, 6U);
  EXPECT_EQ(report.begun_anew.size(), 1U);
}

TEST_F(AuditNewBeginningTest, AnInstanceThatRemembersTheFormerHeadSeesNoRollback) {
  auto newest = run_to_end(log_store::newest(*opened_))->head;
  auto running = sealer(std::move(newest), present_);
  ASSERT_TRUE(begin());
  EXPECT_EQ(run_to_end(running()), 1U);
  EXPECT_FALSE(running.went_back());
}

TEST_F(AuditNewBeginningTest, ItIsRefusedWhileAKeyOfTheSettingsKnowsTheNewestHead) {
  const HeadVerifier heads(keys_for_tests());
  const NewBeginning anew(
      {.database = *opened_, .keys = keys_for_tests(), .heads = heads, .audit = log_, .clock = clock_});
  const auto done = run_to_end(anew(former_, "lost", Operator{}));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::conflict);
  execute("UPDATE audit_heads SET signature = zeroblob(64)");  // its id is known
  EXPECT_FALSE(run_to_end(anew(former_, "lost", Operator{})));
  execute("DELETE FROM audit_heads");
  EXPECT_FALSE(begin());
  EXPECT_FALSE(std::filesystem::exists(former_));
  EXPECT_EQ(number("SELECT count(*) FROM audit_logs"), 6);
}

TEST_F(AuditNewBeginningTest, WhatSomebodyWritesMeanwhileIsNotLost) {
  const std::array<std::function<void()>, 2> others{
      [this] {
        record();
        seal();
      },
      [this] { execute("DELETE FROM audit_logs WHERE id = (SELECT max(id) FROM audit_logs)"); }};
  for (const auto& other : others) {
    Interrupted interrupted(*opened_, other);
    const auto done = begin(interrupted);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::conflict);
    EXPECT_FALSE(std::filesystem::exists(former_));
    EXPECT_EQ(number("SELECT count(*) FROM audit_heads"), 4);
  }
}

TEST_F(AuditNewBeginningTest, EntriesThatAPresentKeyVouchesForStay) {
  record(3, present_);
  record(2);  // under the lost one
  const auto done = begin();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->entries, 8U);
  EXPECT_EQ(number("SELECT count(*) FROM audit_pending"), 4);
  seal_anew();
  const auto report = verify({}, present_);
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(report.sealed, 4U);
}

TEST_F(AuditNewBeginningTest, AHeadThatIsOfNoTreeIsNotGoneOnFrom) {  // whoever made it up may have made up its size
  execute(
      "INSERT INTO audit_heads SELECT 9223372036854775807, first_entry, leaves, first_id, last_id, peaks, root_hash,"
      " sealed_at, 'deadbeef', signature FROM audit_heads WHERE tree_size = 6");
  execute("INSERT INTO audit_deliveries (sink, next_entry, updated_at) VALUES ('a', 9, '2026-01-01T00:00:00Z')");
  const auto done = begin();
  ASSERT_TRUE(done && done->anchor);
  EXPECT_EQ(done->former.key_id, "deadbeef");
  EXPECT_EQ(done->anchor->head.tree_size, 6U);
  EXPECT_EQ(number("SELECT next_entry FROM audit_deliveries"), 6);
  seal_anew();
  EXPECT_TRUE(verify({}, present_).findings.empty());
}

TEST_F(AuditNewBeginningTest, WithoutAnySoundHeadTheLogBeginsAtItsBeginning) {
  execute("UPDATE audit_heads SET peaks = zeroblob(32)");
  const auto done = begin();
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->anchor);
  seal_anew();
  const auto report = verify({}, present_);
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(report.pruned, 0U);
  EXPECT_EQ(report.begun_anew.size(), 1U);
}

TEST_F(AuditNewBeginningTest, NothingIsRecordedBeforeSomebodyKnowsTheKey) {  // ASVS 11.1.1
  EXPECT_THROW(run_to_end(check_key_is_known(*opened_, heads_)), KeyNotKnown);
  EXPECT_NO_THROW(run_to_end(check_key_is_known(*opened_, HeadVerifier(keys_for_tests()))));
  crypto::KeyGenerations generations;
  generations.current = other_key();
  generations.next = crypto::SecretBytes(32);
  const AuditKeys with_next{crypto::RotatingKey(std::move(generations))};
  EXPECT_NO_THROW(run_to_end(check_key_is_known(*opened_, HeadVerifier(with_next))));
  execute("DELETE FROM audit_heads");
  EXPECT_NO_THROW(run_to_end(check_key_is_known(*opened_, heads_)));
}

TEST_F(AuditNewBeginningTest, OnlyEntriesThatNobodyCanSealAreSetAside) {
  record(2, present_);
  record(1);
  clock_.advance(std::chrono::hours(1));
  record(1, present_);  // young
  const StrandedEntries stranded({.database = *opened_, .keys = keys_for_tests(), .audit = log_, .clock = clock_});
  const auto done = run_to_end(stranded.set_aside(folder_.path() / "aside.jsonl", "wrong key", Operator{}));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->entries, 2U);
  seal();
  EXPECT_EQ(number("SELECT count(*) FROM audit_pending"), 1);
  EXPECT_EQ(verify().set_aside.size(), 1U);
  EXPECT_FALSE(run_to_end(stranded.set_aside(folder_.path() / "aside.jsonl", "again", Operator{})));
}

TEST_F(AuditNewBeginningTest, EntriesThatSomebodySealsMeanwhileAreNotSetAside) {
  record(2, present_);
  clock_.advance(std::chrono::hours(2));
  Interrupted interrupted(*opened_, [this] {
    const AuditKeys both(other_key(), [] {
      std::vector<crypto::SecretBytes> old;
      old.emplace_back(32);
      return old;
    }());
    auto one = sealer({}, both);
    run_to_end(one());
  });
  const StrandedEntries stranded({.database = interrupted, .keys = keys_for_tests(), .audit = log_, .clock = clock_});
  EXPECT_FALSE(run_to_end(stranded.set_aside(folder_.path() / "aside.jsonl", "wrong key", Operator{})));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "aside.jsonl"));
  EXPECT_EQ(number("SELECT count(*) FROM audit_logs"), 8);
}

}  // namespace
}  // namespace secureauth::audit
