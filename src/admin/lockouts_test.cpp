#include "admin/lockouts.hpp"

#include "accounts/account_fixture.hpp"

#include <algorithm>

namespace secureauth::admin {
namespace {

class LockoutsTest : public accounts::AccountFixture {
 protected:
  /// An entry of the log; `subject`: whose account, or none's.
  void record_lock(const std::optional<UserId>& subject) {
    clock_.advance(std::chrono::seconds(1));
    audit::Entry entry{.event = audit::Event::account_locked,
                       .outcome = audit::Outcome::failure,
                       .subject = subject,
                       .details = {{"method", "pwd"}, {"in_a_row", 10}, {"known_browser", false}}};
    wait(audit_.record_alone(*database_, std::move(entry)));
  }
  void lock(const accounts::User& user) {
    const auto subject = guesses_.subject_of(email(user.email).key());
    wait(database_->execute(db::Statement{"INSERT INTO login_guesses (subject, share, in_a_row, last_failed_at) "
                                          "VALUES ($1, 'unknown', 10, $2)"},
                            db::Params(subject, clock_.now())));
    record_lock(user.id);
  }
  Lockouts::Page list(int limit, std::optional<sign_in_event_store::Position> after = {}) {
    return wait(lockouts_.list(std::move(after), limit, {.actor = {}, .session = {}, .client = {}}));
  }

  protection::FactorGuesses factor_guesses_{clock_,
                                            {.in_window = 10, .window = std::chrono::minutes(15), .in_a_row = 100}};
  Lockouts lockouts_{
      {.database = recorder_, .password_guesses = guesses_, .factor_guesses = factor_guesses_, .audit = audit_}};
};

TEST_F(LockoutsTest, APageOfManyTakesNoMoreStatementsThanAPageOfOne) {
  std::vector<accounts::User> users;
  for (int i = 0; i < 30; ++i) lock(users.emplace_back(add_account("u" + std::to_string(i) + "@example.org")));
  recorder_.take();
  list(1);
  const auto of_one = recorder_.take();
  const auto page = list(200);
  EXPECT_EQ(recorder_.take(), of_one);
  ASSERT_EQ(page.lockouts.size(), 30U);
  for (std::size_t i = 0; i < 30; ++i) {
    EXPECT_EQ(page.lockouts[i].lock.entry.subject, users[29 - i].id.text());
    EXPECT_TRUE(page.lockouts[i].locked);
  }
}

TEST_F(LockoutsTest, MoreThanAStatementTakesAreToldAsTheyStand) {
  std::vector<accounts::User> users;
  for (int i = 0; i < 70; ++i) {
    accounts::User user;
    user.id = UserId(crypto::uuid_v7(random_, clock_.now()));
    user.email = "u" + std::to_string(i) + "@example.org";
    user.created_at = clock_.now();
    EXPECT_TRUE(wait(accounts::user_store::insert(*database_, user, user.email, "")));
    if (i % 2 == 0) {
      lock(user);
    } else {
      record_lock(user.id);
    }
  }
  const auto page = list(200);
  ASSERT_EQ(page.lockouts.size(), 70U);
  EXPECT_EQ(std::ranges::count(page.lockouts, true, &Lockouts::Lockout::locked), 35);
}

TEST_F(LockoutsTest, TheLastPageIsNoEmptyOne) {
  for (int i = 0; i < 4; ++i) record_lock(std::nullopt);
  const auto first = list(2);
  ASSERT_TRUE(first.next);
  const auto second = list(2, first.next);
  EXPECT_EQ(second.lockouts.size(), 2U);
  EXPECT_FALSE(second.next);
}

}  // namespace
}  // namespace secureauth::admin
