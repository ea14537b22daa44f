#include "app/outage_watch.hpp"

#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "db/gone_database_fixture.hpp"

namespace secureauth::app {
namespace {

class OutageWatchTest : public FeatureFixture {
 protected:
  void record() { wait(watch_.record(log_, *database_)); }
  std::vector<std::string> recorded() {
    return select(R"sql(
      SELECT event || ' ' || outcome || ' ' || details
        FROM audit_logs JOIN audit_pending ON entry_id = audit_logs.id ORDER BY position)sql");
  }

  audit::AuditLog log_{clock_, random_, audit::keys_for_tests()};
  OutageWatch watch_{clock_};
};

TEST_F(OutageWatchTest, AnOutageIsToldWhenItBeginsAndWhenItIsOver) {  // ASVS 16.3.4
  watch_.fails("redis", "connection refused");
  record();
  clock_.advance(std::chrono::seconds(5));
  watch_.fails("redis", "connection refused");
  record();
  watch_.works("redis");
  record();
  watch_.works("redis");
  record();
  const std::vector<std::string> expected{
      R"(store.failed failure {"peer":"redis","since":"2026-01-01T12:00:00.000000Z"})",
      R"(store.failed success {"peer":"redis","since":"2026-01-01T12:00:00.000000Z","until":"2026-01-01T12:00:05.000000Z"})"};
  EXPECT_EQ(recorded(), expected);
}

TEST_F(OutageWatchTest, ThatOfTheRecordStoreIsToldWhenItIsBack) {  // ASVS 16.3.4, attack 44
  db::GoneDatabase gone;
  watch_.fails("record_store", "it is gone");
  EXPECT_THROW(wait(watch_.record(log_, gone)), db::DatabaseError);
  clock_.advance(std::chrono::seconds(5));
  watch_.works("record_store");
  record();
  record();
  ASSERT_EQ(recorded().size(), 1);
  EXPECT_NE(recorded()[0].find(R"("until":"2026-01-01T12:00:05)"), std::string::npos);
}

TEST_F(OutageWatchTest, APeerThatCannotBeTrustedIsAnEventOfItsOwn) {  // ASVS 16.3.4, attack 45
  for (const auto* cause : {"SSL error: certificate verify failed", "TLS was not offered", "tlsv1 alert"}) {
    watch_.fails("mail_server", cause);
    watch_.works("mail_server");
    record();
  }
  EXPECT_EQ(select("SELECT id FROM audit_logs WHERE event = 'peer.untrusted'").size(), 3);
}

TEST_F(OutageWatchTest, AnOutageThatTurnsOutToBeAboutTrustIsToldAsThat) {  // ASVS 16.3.4, attack 45
  watch_.fails("redis", "connection refused");
  record();
  watch_.fails("redis", "SSL error: certificate verify failed");
  watch_.fails("redis", "connection refused");
  record();
  record();
  watch_.works("redis");
  record();
  const std::vector<std::string> expected{
      R"(store.failed failure {"peer":"redis","since":"2026-01-01T12:00:00.000000Z"})",
      R"(peer.untrusted failure {"peer":"redis","since":"2026-01-01T12:00:00.000000Z"})",
      R"(peer.untrusted success {"peer":"redis","since":"2026-01-01T12:00:00.000000Z","until":"2026-01-01T12:00:00.000000Z"})"};
  EXPECT_EQ(recorded(), expected);
}

TEST_F(OutageWatchTest, WhatIsUnderWayIsToldSinceItsBeginning) {
  watch_.fails("redis", "connection refused");
  clock_.advance(std::chrono::seconds(5));
  watch_.fails("redis", "connection refused");
  watch_.fails("mail_server", "timed out");
  watch_.works("mail_server");
  const auto now = watch_.under_way();
  ASSERT_EQ(now.size(), 1);
  EXPECT_EQ(now[0].peer, "redis");
  EXPECT_EQ(to_rfc3339(now[0].since), "2026-01-01T12:00:00.000000Z");
}

}  // namespace
}  // namespace secureauth::app
