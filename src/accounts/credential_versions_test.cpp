#include "accounts/credential_versions.hpp"

#include "app/feature_fixture.hpp"
#include "db/batches.hpp"
#include "db/recording_database_fixture.hpp"

namespace secureauth::accounts {
namespace {

constexpr int kAccounts = 2 * db::kBatch + 500;

constexpr db::Statement kMake{R"sql(
  WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
  INSERT INTO users (id, email, email_key, password_hash, created_at, updated_at, password_version, factors_version)
  SELECT printf('%08x-0000-7000-8000-000000000000', n), 'u' || n, 'u' || n, 'x', $2, $2, n % 7, n % 5 FROM numbers)sql"};

class CredentialVersionsTest : public app::FeatureFixture {
 protected:
  CredentialVersionsTest() { wait(database_->execute(kMake, db::Params(kAccounts, clock_.now()))); }
  std::vector<std::string> versions() {
    return select("SELECT DISTINCT password_version || '/' || factors_version FROM users");
  }

  db::RecordingDatabase recorded_{*database_};
};

// A cookie of a known or trusted browser names the versions that it was made for.
TEST_F(CredentialVersionsTest, AreBeyondAllThatEverWereAfterwards) {
  wait(credential_versions::move_ahead(recorded_, clock_.now()));
  const auto once = versions();
  ASSERT_EQ(once.size(), 1U);
  wait(credential_versions::move_ahead(recorded_, clock_.now()));  // within the same second
  const auto twice = versions();
  ASSERT_EQ(twice.size(), 1U);
  EXPECT_EQ(std::stol(twice.front()), std::stol(once.front()) + 1);
}

// No index leads to accounts by their versions: a statement that looks for them reads the table from its beginning.
TEST_F(CredentialVersionsTest, AreMovedByGoingThroughTheAccountsOnce) {
  wait(credential_versions::move_ahead(recorded_, clock_.now()));
  const auto run = recorded_.take();
  constexpr auto kPages = 3U;
  ASSERT_EQ(run.size(), 1 + 2 * kPages) << "the highest, then for each page its end and its accounts";
  for (std::size_t i = 1; i < run.size(); ++i) {
    const auto plan = "EXPLAIN QUERY PLAN " + std::string(run[i]);
    auto params = run[i].starts_with("SELECT") ? db::Params("", 0) : db::Params("", "", 0);
    const auto rows = wait(database_->execute(db::Statement{plan}, std::move(params)));
    ASSERT_FALSE(rows.empty());
    for (const auto& row : rows) EXPECT_TRUE(row.text(3).starts_with("SEARCH users")) << row.text(3);
  }
}

}  // namespace
}  // namespace secureauth::accounts
