#include "core/embedded.hpp"
#include "db/migrations.hpp"
#include "db/postgres/postgres_fixture.hpp"
#include "mail/delivery_store.hpp"

namespace secureauth::mail::delivery_store {
namespace {

using std::chrono::minutes;
using Mails = std::vector<Claimed>;

class DeliveryStorePostgresTest : public db::PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    execute("DROP TABLE counters");
    db::PostgresMigrations backend(url_);
    db::Migrations(backend, db::read_migrations(embedded::migrations()), clock_).upgrade();
    execute(
        "INSERT INTO mails (id, kind, recipient_hash, content, created_at, expires_at, due_at) VALUES"
        " ('0198c0de-0000-7000-8000-000000000001', 'verify_email', '\\x00', '\\x00', now(), now(), '2020-01-01Z')");
  }

  net::awaitable<Mails> claim_by(db::Executor& executor, std::string lease) {
    co_return co_await claim(executor, std::move(lease), now_, now_ + minutes(1), 20);
  }

  /// Until the other claim waits for the row that this one holds.
  net::awaitable<void> somebody_waits_for_a_lock() {
    const db::Statement waiting{
        "SELECT pg_sleep(0.01)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%UPDATE "
        "mails%'"};
    for (bool seen = false; !seen;) {
      const auto rows = co_await other_->execute(waiting, db::Params());
      seen = !rows.empty();
    }
  }

  net::awaitable<void> claim_twice_at_once() {
    auto first = co_await database_->begin();
    mine_ = co_await claim_by(*first, "0198c0de-0000-7000-8000-00000000000a");
    theirs_ = start(claim_by(*other_, "0198c0de-0000-7000-8000-00000000000b"));
    co_await somebody_waits_for_a_lock();
    co_await first->commit();
  }

  const SystemClock clock_;
  const Timestamp now_ = clock_.now();
  Mails mine_;
  std::future<Mails> theirs_;
};

TEST_F(DeliveryStorePostgresTest, OfTwoClaimsAtOnceOneGetsTheMail) {  // ASVS 15.4.2
  run(claim_twice_at_once());
  EXPECT_EQ(mine_.size(), 1U);
  EXPECT_TRUE(theirs_.get().empty()) << "it waited for the row, which is not due any more";
}

}  // namespace
}  // namespace secureauth::mail::delivery_store
