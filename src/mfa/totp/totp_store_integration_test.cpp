#include "core/embedded.hpp"
#include "db/migrations.hpp"
#include "db/postgres/postgres_fixture.hpp"
#include "mfa/totp/totp_store.hpp"

#include <algorithm>
#include <future>
#include <vector>

namespace secureauth::mfa::totp_store {
namespace {

class TotpStorePostgresTest : public db::PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    execute("DROP TABLE counters");
    db::PostgresMigrations backend(url_);
    db::Migrations(backend, db::read_migrations(embedded::migrations()), clock_).upgrade();
    execute(
        "INSERT INTO users (id, email, email_key, password_hash, role, status, locale, password_version, created_at, "
        "updated_at) VALUES ('0198c0de-0000-7000-8000-000000000001', 'a@example.org', 'a@example.org', '$argon2id$', "
        "'user', 'active', 'en', 1, now(), now())");
  }

  net::awaitable<void> put_one() {
    Active active{.secret = db::Bytes{std::byte{1}, std::byte{2}},
                  .parameters = {TotpAlgorithm::sha512, 8, std::chrono::seconds(60)},
                  .position = {.drift = -1, .last_step = 100},
                  .created_at = now_,
                  .last_used_at = now_};
    co_await put(*database_, user_, std::move(active));
    found_ = co_await find(*database_, user_);
  }
  net::awaitable<bool> advance_to(std::int64_t step) {
    const TotpPosition position{.drift = 1, .last_step = step};
    const bool advanced = co_await advance(*database_, user_, position, now_);
    co_return advanced;
  }

  const SystemClock clock_;
  const Timestamp now_ = clock_.now();
  const UserId user_{"0198c0de-0000-7000-8000-000000000001"};
  std::optional<Active> found_;
};

TEST_F(TotpStorePostgresTest, GivesBackWhatWasPut) {
  run(put_one());
  ASSERT_TRUE(found_);
  EXPECT_EQ(found_->secret, (db::Bytes{std::byte{1}, std::byte{2}}));
  EXPECT_EQ(found_->parameters, (TotpParameters{TotpAlgorithm::sha512, 8, std::chrono::seconds(60)}));
  EXPECT_EQ(found_->position, (TotpPosition{.drift = -1, .last_step = 100}));
  EXPECT_EQ(found_->created_at, now_);
}

TEST_F(TotpStorePostgresTest, OfTwentyEqualCodesAtOnceOneMovesTheStep) {  // ASVS 6.5.1, 15.4.2; attack 11
  run(put_one());
  std::vector<std::future<bool>> tries;
  for (int i = 0; i < 20; ++i) tries.push_back(start(advance_to(101)));
  finish();
  const auto won = std::ranges::count_if(tries, [](auto& one) { return one.get(); });
  EXPECT_EQ(won, 1);
}

}  // namespace
}  // namespace secureauth::mfa::totp_store
