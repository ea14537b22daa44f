#pragma once

// For unit tests only.
#include "audit/audit_fixture.hpp"
#include "audit/sealer.hpp"
#include "audit/verifier.hpp"
#include "core/clock_fixture.hpp"
#include "core/embedded.hpp"
#include "core/run_to_end.hpp"
#include "core/temporary_folder_fixture.hpp"
#include "db/migrations.hpp"
#include "db/recording_database_fixture.hpp"
#include "db/sqlite/sqlite_database.hpp"
#include "db/sqlite/sqlite_migrations.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace secureauth::audit {

/// Runs something of another's before the first transaction.
class Interrupted final : public db::Database {
 public:
  Interrupted(db::Database& real, std::function<void()> other) : real_(real), other_(std::move(other)) {}
  net::awaitable<db::Rows> execute(db::Statement statement, db::Params params) override {
    return real_.execute(statement, std::move(params));
  }
  net::awaitable<std::unique_ptr<db::Transaction>> begin() override {
    if (other_) std::exchange(other_, nullptr)();
    return real_.begin();
  }
  net::awaitable<void> check_ready() override { return real_.check_ready(); }

 private:
  db::Database& real_;
  std::function<void()> other_;
};

/// An empty record store, a log in it, a set clock.
class SealedLogTest : public testing::Test {
 protected:
  SealedLogTest() {
    db::SqliteMigrations backend(file_);
    db::Migrations(backend, db::read_migrations(embedded::migrations()), clock_).upgrade();
    opened_ = db::open_sqlite(file_);
    database_ = std::make_unique<db::RecordingDatabase>(*opened_);
  }

  void execute(std::string_view sql) { run_to_end(opened_->execute(db::Statement{sql}, db::Params())); }
  std::int64_t number(std::string_view sql) {
    return run_to_end(opened_->execute(db::Statement{sql}, db::Params())).front().integer(0);
  }
  std::string text(std::string_view sql) {
    return run_to_end(opened_->execute(db::Statement{sql}, db::Params())).front().text(0);
  }

  void record(std::size_t count = 1, const AuditKeys& keys = keys_for_tests()) {
    const AuditLog log(clock_, random_, keys);
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      for (std::size_t i = 0; i < count; ++i) {
        Entry entry{.event = Event::login_failed, .outcome = Outcome::failure};
        co_await log.record(tx, std::move(entry));
      }
      co_return Result<void>();
    };
    run_to_end(opened_->transaction(body)).value();
  }

  Sealer sealer(std::optional<SignedHead> seen = {}, const AuditKeys& keys = keys_for_tests()) {
    return Sealer({.database = *database_, .keys = keys, .audit = log_, .clock = clock_}, std::move(seen));
  }
  std::size_t seal() {
    auto one = sealer();
    return run_to_end(one());
  }

  Verifier::Report verify(std::vector<SignedHead> published = {}, const AuditKeys& keys = keys_for_tests()) {
    const HeadVerifier heads(keys);
    const Verifier check({.database = *database_, .keys = keys, .heads = heads, .clock = clock_});
    return run_to_end(check(std::move(published)));
  }
  /// The kind of the first finding; empty: none.
  std::string found(std::vector<SignedHead> published = {}) {
    const auto report = verify(std::move(published));
    return report.findings.empty() ? std::string() : report.findings.kept().front().kind;
  }

  SetClock clock_;
  crypto::SystemRandom random_;
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "test.db";
  std::shared_ptr<db::Database> opened_;
  std::unique_ptr<db::RecordingDatabase> database_;
  AuditLog log_{clock_, random_, keys_for_tests()};
};

}  // namespace secureauth::audit
