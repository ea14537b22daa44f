#include "audit/audit_log.hpp"

#include "audit/audit_fixture.hpp"
#include "core/clock_fixture.hpp"
#include "core/run_to_end.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace secureauth::audit {
namespace {

/// Tells what travels with the next statement or the commit from what is a round trip of its own.
class CountingTransaction final : public db::Transaction {
 public:
  net::awaitable<db::Rows> execute(db::Statement, db::Params) override {
    ++round_trips;
    co_return db::Rows();
  }
  net::awaitable<void> write(db::Statement statement, db::Params) override {
    travelling.push_back(statement.sql);
    co_return;
  }
  void serialize_on(std::string subject) override { subjects.push_back(std::move(subject)); }
  net::awaitable<void> commit() override { co_return; }
  net::awaitable<void> rollback() override { co_return; }

  int round_trips = 0;
  std::vector<std::string_view> travelling;
  std::vector<std::string> subjects;
};

TEST(AuditLogTest,
     AnEntryTravelsWithWhatItRecords) {  // ASVS 16.3.4: in its transaction, and at no round trip of its own
  const SetClock clock;
  crypto::SystemRandom random;
  const AuditLog log(clock, random, keys_for_tests());
  CountingTransaction transaction;
  Entry entry{.event = Event::login_succeeded};
  run_to_end(log.record(transaction, std::move(entry)));
  EXPECT_EQ(transaction.round_trips, 0);
  ASSERT_EQ(transaction.travelling.size(), 2U);
  EXPECT_NE(transaction.travelling[0].find("INSERT INTO audit_logs"), std::string_view::npos);
  EXPECT_NE(transaction.travelling[1].find("INSERT INTO audit_pending"), std::string_view::npos);
}

TEST(AuditLogTest, WritersWaitForNobody) {  // neither for each other nor for who seals
  const SetClock clock;
  crypto::SystemRandom random;
  const AuditLog log(clock, random, keys_for_tests());
  CountingTransaction transaction;
  Entry entry{.event = Event::login_succeeded};
  run_to_end(log.record(transaction, std::move(entry)));
  EXPECT_TRUE(transaction.subjects.empty());
}

}  // namespace
}  // namespace secureauth::audit
