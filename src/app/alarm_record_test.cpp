#include "app/alarm_record.hpp"

#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "crypto/digest.hpp"
#include "db/gone_database_fixture.hpp"

namespace secureauth::app {
namespace {

class AlarmRecordTest : public FeatureFixture {
 protected:
  void spray(const std::string& network) {
    for (int i = 0; i < 20; ++i) {
      watch_.saw(network + std::to_string(i), crypto::sha256(crypto::as_bytes(network + std::to_string(i))), false);
    }
  }
  void record(db::Database& database) { wait(record_alarms(watch_, log_, database)); }
  std::vector<std::string> recorded() {  // by position: ids of one millisecond are in no order
    return select("SELECT details FROM audit_logs JOIN audit_pending ON entry_id = audit_logs.id ORDER BY position");
  }

  protection::StuffingWatch watch_{clock_, {.min_failures = 20, .min_percent = 50, .window = std::chrono::minutes(10)}};
  audit::AuditLog log_{clock_, random_, audit::keys_for_tests()};
};

TEST_F(AlarmRecordTest, AnAlarmOutlastsARecordStoreThatIsGone) {  // ASVS 16.5.2
  db::GoneDatabase gone;
  spray("192.0.2.");
  EXPECT_THROW(record(gone), db::DatabaseError);
  spray("198.51.100.");
  EXPECT_THROW(record(gone), db::DatabaseError);
  EXPECT_TRUE(recorded().empty());
  record(*database_);
  const auto rows = recorded();
  ASSERT_EQ(rows.size(), 2);
  EXPECT_NE(rows[0].find("192.0.2.0/24"), std::string::npos) << "in the order in which they began";
  EXPECT_NE(rows[1].find("198.51.100.0/24"), std::string::npos);
  record(*database_);
  EXPECT_EQ(recorded().size(), 2) << "each once";
}

}  // namespace
}  // namespace secureauth::app
