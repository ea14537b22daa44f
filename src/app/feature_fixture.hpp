#pragma once

#include "accounts/registration.hpp"
#include "core/clock_fixture.hpp"
#include "core/embedded.hpp"
#include "core/run_to_end.hpp"
#include "core/temporary_folder_fixture.hpp"
#include "db/migrations.hpp"
#include "db/sqlite/sqlite_database.hpp"
#include "db/sqlite/sqlite_migrations.hpp"
#include "login/login.hpp"
#include "sessions/sessions.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace secureauth::app {

/// The features on a real, empty record store of their own, with cheap hashes and a set clock. For unit tests.
class FeatureFixture : public testing::Test {
 public:
  FeatureFixture() {
    db::SqliteMigrations backend(file_);
    db::Migrations(backend, db::read_migrations(embedded::migrations()), clock_).upgrade();
    database_ = db::open_sqlite(file_);
  }
  FeatureFixture(const FeatureFixture&) = delete;
  FeatureFixture& operator=(const FeatureFixture&) = delete;

 protected:
  /// Runs a coroutine to its end.
  template <class T>
  T wait(net::awaitable<T> work) {
    return run_to_end(std::move(work));
  }

  /// The first column of each row, as text.
  std::vector<std::string> select(std::string_view sql) {
    const auto rows = wait(database_->execute(db::Statement{sql}, db::Params()));
    std::vector<std::string> column;
    for (const auto& row : rows) column.push_back(row.text(0));
    return column;
  }

  static passwords::Password password(std::string_view text) { return passwords::Password(crypto::SecretBytes(text)); }
  static accounts::EmailAddress email(std::string_view text) { return accounts::EmailAddress::parse(text).value(); }

  SetClock clock_;
  sessions::AssurancePolicy assurance_{clock_, std::chrono::seconds(300)};
  crypto::SystemRandom random_;
  ClientInfo client_{.ip = "192.0.2.1", .user_agent = "test", .request_id = "r"};
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "test.db";
  std::shared_ptr<db::Database> database_;
  mfa::PasskeySettings passkey_settings_{
      .relying_party = {.id = "auth.example", .origins = {"https://auth.example"}, .top_origins = {}},
      .relying_party_name = "Auth",
      .attestation = {}};
  mfa::PasskeyChallenges passkey_challenges_{clock_, random_, std::chrono::seconds(300)};
  mfa::PasskeyDecoys passkey_decoys_{crypto::SecretBytes(32), "https://auth.example"};
  mfa::PasskeyRequests passkey_requests_{
      {.challenges = passkey_challenges_, .settings = passkey_settings_, .decoys = passkey_decoys_, .clock = clock_}};
};

}  // namespace secureauth::app
