#include "audit/refusals.hpp"

#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "db/gone_database_fixture.hpp"

#include <algorithm>
#include <numeric>

namespace secureauth::audit {
namespace {

using std::chrono::seconds;

class RefusalsTest : public app::FeatureFixture {
 protected:
  void saw(std::string_view reason, const std::string& network = "192.0.2.1", std::string subject = "") {
    Refusals::Refused refused{.reason = reason,
                              .route = "POST /auth/login",
                              .network = network,
                              .client = {.ip = network, .user_agent = "", .request_id = ""}};
    if (!subject.empty()) refused.subject = UserId(std::move(subject));
    refusals_.saw(std::move(refused));
  }
  void record() { wait(refusals_.record(log_, *database_)); }
  std::vector<boost::json::object> rows() {
    std::vector<boost::json::object> all;
    for (const auto& text : select(R"sql(
           SELECT details FROM audit_logs JOIN audit_pending ON entry_id = audit_logs.id
            WHERE event = 'request.refused' ORDER BY position)sql")) {
      all.push_back(boost::json::parse(text).as_object());
    }
    return all;
  }
  std::int64_t counted() {
    const auto all = rows();
    return std::accumulate(all.begin(), all.end(), std::int64_t{0},
                           [](auto sum, const auto& row) { return sum + row.at("count").as_int64(); });
  }

  AuditLog log_{clock_, random_, keys_for_tests()};
  Refusals refusals_{clock_};
};

TEST_F(RefusalsTest, TheFirstOfAKindAreWrittenAtOnceAndTheRestWhenTheirMinuteEnds) {  // ASVS 16.3.2, attack 40
  for (int i = 0; i < 10; ++i) {
    saw("csrf_failed");
    clock_.advance(seconds(1));
  }
  record();
  EXPECT_EQ(rows().size(), 3);
  EXPECT_EQ(counted(), 3);
  clock_.advance(seconds(50));
  record();
  ASSERT_EQ(rows().size(), 4);
  const auto last = rows().back();
  EXPECT_EQ(last.at("count"), 7);
  EXPECT_EQ(last.at("reason"), "csrf_failed");
  EXPECT_EQ(last.at("route"), "POST /auth/login");
  EXPECT_EQ(last.at("first_at"), "2026-01-01T12:00:03.000000Z");
  EXPECT_EQ(last.at("last_at"), "2026-01-01T12:00:09.000000Z");
  record();
  EXPECT_EQ(rows().size(), 4) << "each once";
}

TEST_F(RefusalsTest, OfAnotherReasonNetworkOrAccountIsAnotherKind) {
  for (int i = 0; i < 4; ++i) saw("csrf_failed");
  saw("origin_not_allowed");
  saw("csrf_failed", "198.51.100.1");
  saw("csrf_failed", "192.0.2.1", "somebody");
  record();
  EXPECT_EQ(rows().size(), 6);
}

TEST_F(RefusalsTest, AFloodFromEverywhereMakesABoundedNumberOfRowsAndNoneIsLost) {  // attack 40
  for (int i = 0; i < 20'000; ++i)
    saw(i % 2 == 0 ? "rate_limited" : "csrf_failed", "10.0.0." + std::to_string(i % 5000));
  record();
  EXPECT_LE(rows().size(), Refusals::kMostOneByOne);
  clock_.advance(Refusals::kWindow);
  record();
  EXPECT_LE(rows().size(), Refusals::kMostRows);
  EXPECT_EQ(counted(), 20'000);
  const auto all = rows();
  const auto others = std::ranges::find_if(all, [](const auto& row) { return row.at("reason") == "others"; });
  ASSERT_NE(others, all.end());
  std::int64_t by_reason = 0;
  for (const auto& reason : others->at("reasons").as_object()) by_reason += reason.value().as_int64();
  EXPECT_EQ(others->at("count"), by_reason);
}

TEST_F(RefusalsTest, WhatTheRecordStoreDidNotTakeComesAgain) {  // ASVS 16.5.2
  db::GoneDatabase gone;
  for (int minute = 0; minute < 3; ++minute) {
    for (int i = 0; i < 1000; ++i) saw("rate_limited", "10.0.0." + std::to_string(i));
    EXPECT_THROW(wait(refusals_.record(log_, gone)), db::DatabaseError);
    clock_.advance(Refusals::kWindow);
    EXPECT_THROW(wait(refusals_.record(log_, gone)), db::DatabaseError);
  }
  record();
  clock_.advance(Refusals::kWindow);
  record();
  EXPECT_EQ(counted(), 3000);
  EXPECT_LE(rows().size(), 2 * Refusals::kMostRows);
}

TEST_F(RefusalsTest, AtTheEndEverythingIsDue) {
  for (int i = 0; i < 10; ++i) saw("csrf_failed");
  refusals_.close();
  record();
  EXPECT_EQ(counted(), 10);
}

}  // namespace
}  // namespace secureauth::audit
