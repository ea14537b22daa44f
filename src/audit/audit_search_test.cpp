#include "audit/audit_search.hpp"

#include "app/feature_fixture.hpp"
#include "audit/export/formats.hpp"
#include "crypto/uuid.hpp"

#include <set>

namespace secureauth::audit {
namespace {

constexpr std::string_view kAnn = "0198c0de-0000-7000-8000-0000000000aa";

class AuditSearchTest : public app::FeatureFixture {
 protected:
  /// So many entries, a microsecond apart or all of one moment, oldest first.
  void add(int count, std::string_view event, std::optional<std::string_view> subject = {}, int apart = 1) {
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      for (int i = 0; i < count; ++i) {
        clock_.advance(std::chrono::microseconds(apart));
        const auto now = clock_.now();
        db::Params params(crypto::uuid_v7(random_, now), now, event, subject);
        co_await tx.execute(kInsert, std::move(params));
      }
      co_return Result<void>{};
    };
    EXPECT_TRUE(wait(database_->transaction(body)));
  }
  SearchPage page(const SearchFilter& filter, std::optional<SearchPosition> after, int limit) {
    return wait(search(*database_, filter, std::move(after), limit));
  }
  /// Every entry, page after page, and how many pages there were.
  std::pair<std::vector<RecordedEntry>, int> all(const SearchFilter& filter, int limit) {
    std::vector<RecordedEntry> entries;
    std::optional<SearchPosition> after;
    for (int pages = 1;; ++pages) {
      auto one = page(filter, after, limit);
      EXPECT_LE(one.entries.size(), static_cast<std::size_t>(limit));
      entries.insert(entries.end(), one.entries.begin(), one.entries.end());
      if (!one.next) return {std::move(entries), pages};
      after = std::move(one.next);
    }
  }

  /// Entries of one moment.
  static constexpr db::Statement kMany{R"sql(
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
    INSERT INTO audit_logs (id, at, event, outcome, ip, user_agent, request_id, details)
    SELECT 'many-' || i, $2, 'login.failed', 'failure', '192.0.2.1', '', 'r', '{}' FROM n)sql"};
  static constexpr db::Statement kInsert{R"sql(
    INSERT INTO audit_logs (id, at, event, outcome, subject_id, ip, user_agent, request_id, details)
    VALUES ($1, $2, $3, 'success', $4, '192.0.2.1', '', 'r', '{}'))sql"};
};

TEST_F(AuditSearchTest, EachEntryComesOnceNewestFirst) {
  add(30, "login.failed");
  add(30, "login.failed", {}, 0);  // at one moment
  const auto [entries, pages] = all({}, 7);
  EXPECT_EQ(entries.size(), 60U);
  EXPECT_EQ(pages, 9);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    ids.insert(entries[i].id);
    if (i == 0) continue;
    EXPECT_GT(std::pair(entries[i - 1].at, entries[i - 1].id), std::pair(entries[i].at, entries[i].id));
  }
  EXPECT_EQ(ids.size(), 60U);
}

TEST_F(AuditSearchTest, WhatIsRareIsFoundBehindManyOthers) {
  add(1, "mail.given_up");
  add(3500, "login.failed");
  add(1, "mail.given_up");
  const auto first = page({.event = "mail.given_up"}, std::nullopt, 1);
  EXPECT_EQ(first.entries.size(), 1U);
  const auto second = page({.event = "mail.given_up"}, first.next, 1);
  EXPECT_EQ(second.entries.size(), 1U);
  EXPECT_NE(first.entries.front().id, second.entries.front().id);
  EXPECT_EQ(all({.event = "mail.given_up"}, 50).first.size(), 2U);
  EXPECT_EQ(all({.event = "login.failed"}, 200).first.size(), 3500U);
}

TEST_F(AuditSearchTest, ARequestPassesOverNoMoreThanItMay) {
  add(1, "mail.given_up");
  clock_.advance(std::chrono::seconds(1));
  wait(database_->execute(kMany, db::Params(kMostPassed, clock_.now())));
  const auto first = page({.event = "mail.given_up"}, std::nullopt, 50);
  EXPECT_TRUE(first.entries.empty());
  ASSERT_TRUE(first.next);
  EXPECT_EQ(page({.event = "mail.given_up"}, first.next, 50).entries.size(), 1U);
}

// Who can write the table must not be able to hide all that stands beside one row.
TEST_F(AuditSearchTest, ARowThatWasAlteredIsShownAsFarAsItCanBe) {
  add(3, "login.failed");
  for (const auto change :
       {db::Statement{"UPDATE audit_logs SET details = '{'"}, db::Statement{"UPDATE audit_logs SET details = 'null'"},
        db::Statement{"UPDATE audit_logs SET details = x'00'"},
        db::Statement{"UPDATE audit_logs SET at = '2x' WHERE id = (SELECT max(id) FROM audit_logs)"}}) {
    SCOPED_TRACE(change.sql);
    wait(database_->execute(change, db::Params()));
    const auto entries = all({}, 2).first;
    EXPECT_EQ(entries.size(), 3U);
    for (const auto& entry : entries) EXPECT_TRUE(as_jsonl(entry).at("details").as_object().empty());
  }
  EXPECT_EQ(milliseconds_of(all({}, 9).first.front()), 0) << "2x is no time";
}

TEST_F(AuditSearchTest, ASubjectAndATimeBoundWhatIsLookedAt) {
  add(1200, "login.failed", kAnn);
  add(5, "login.failed");
  const auto from = clock_.now();
  add(3, "login.succeeded", kAnn);
  const auto to = clock_.now();
  const UserId ann{std::string(kAnn)};
  EXPECT_EQ(all({.subject = ann}, 200).first.size(), 1203U);
  EXPECT_EQ(all({.event = "login.succeeded", .subject = ann}, 200).first.size(), 3U);
  EXPECT_EQ(all({.event = "login.failed", .subject = ann}, 500).first.size(), 1200U);
  EXPECT_EQ(all({.from = from, .to = to}, 200).first.size(), 3U) << "from is in, to is not";
  EXPECT_EQ(all({.from = to}, 200).first.size(), 1U);
  EXPECT_EQ(all({.to = from}, 200).first.size(), 1204U);
  EXPECT_TRUE(all({.from = to, .to = from}, 200).first.empty());
}

TEST(AuditFilter, LetsThroughWhatASearchWouldFind) {
  const RecordedEntry entry{.number = {},
                            .id = "1",
                            .at = "2026-01-01T12:00:00.000000Z",
                            .event = "login.failed",
                            .outcome = "failure",
                            .actor = {},
                            .subject = std::string(kAnn),
                            .session = {},
                            .ip = "192.0.2.1",
                            .user_agent = "",
                            .request_id = "r",
                            .details = "{}"};
  const auto noon = from_rfc3339("2026-01-01T12:00:00Z");
  EXPECT_TRUE(lets_through({}, entry));
  EXPECT_TRUE(
      lets_through({.event = "login.failed", .outcome = "failure", .subject = UserId(std::string(kAnn))}, entry));
  EXPECT_TRUE(lets_through({.request_id = "r", .ip = "192.0.2.1", .from = noon}, entry));
  EXPECT_FALSE(lets_through({.event = "login.succeeded"}, entry));
  EXPECT_FALSE(lets_through({.outcome = "success"}, entry));
  EXPECT_FALSE(lets_through({.actor = UserId(std::string(kAnn))}, entry)) << "nobody did it";
  EXPECT_FALSE(lets_through({.subject = UserId("another")}, entry));
  EXPECT_FALSE(lets_through({.session = SessionId("s")}, entry));
  EXPECT_FALSE(lets_through({.request_id = "q"}, entry));
  EXPECT_FALSE(lets_through({.ip = "192.0.2.2"}, entry));
  EXPECT_FALSE(lets_through({.from = noon + std::chrono::microseconds(1)}, entry));
  EXPECT_FALSE(lets_through({.to = noon}, entry));
}

}  // namespace
}  // namespace secureauth::audit
