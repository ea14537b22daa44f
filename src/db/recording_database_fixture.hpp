#pragma once

#include "db/database.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::db {

/// Passes everything on to a real store and remembers the statements, in order; `COMMIT` stands for one. For tests of
/// work that must be alike.
class RecordingDatabase final : public Database {
 public:
  explicit RecordingDatabase(Database& real) : real_(real) {}

  /// What was run since the last call.
  std::vector<std::string_view> take() { return std::exchange(run_, {}); }

  /// Of what was run since the last call, that which travelled with another statement or a commit.
  std::vector<std::string_view> take_travelling() { return std::exchange(travelling_, {}); }

  /// What transactions named with serialize_on() since the last call.
  std::vector<std::string> take_subjects() { return std::exchange(subjects_, {}); }

  net::awaitable<Rows> execute(Statement statement, Params params) override {
    run_.push_back(statement.sql);
    auto rows = co_await real_.execute(statement, std::move(params));
    co_return rows;
  }
  net::awaitable<std::unique_ptr<Transaction>> begin() override {
    auto open = co_await real_.begin();
    co_return std::make_unique<Recorded>(std::move(open), run_, travelling_, subjects_);
  }
  net::awaitable<void> check_ready() override { return real_.check_ready(); }

 private:
  class Recorded final : public Transaction {
   public:
    Recorded(std::unique_ptr<Transaction> real, std::vector<std::string_view>& run,
             std::vector<std::string_view>& travelling, std::vector<std::string>& subjects)
        : real_(std::move(real)), run_(run), travelling_(travelling), subjects_(subjects) {}
    net::awaitable<Rows> execute(Statement statement, Params params) override {
      run_.push_back(statement.sql);
      return real_->execute(statement, std::move(params));
    }
    net::awaitable<void> write(Statement statement, Params params) override {
      run_.push_back(statement.sql);
      travelling_.push_back(statement.sql);
      return real_->write(statement, std::move(params));
    }
    void serialize_on(std::string subject) override {
      subjects_.push_back(subject);
      real_->serialize_on(std::move(subject));
    }
    net::awaitable<void> commit() override {
      run_.push_back("COMMIT");
      return real_->commit();
    }
    net::awaitable<void> rollback() override { return real_->rollback(); }

   private:
    std::unique_ptr<Transaction> real_;
    std::vector<std::string_view>& run_;
    std::vector<std::string_view>& travelling_;
    std::vector<std::string>& subjects_;
  };

  Database& real_;
  std::vector<std::string_view> run_;
  std::vector<std::string_view> travelling_;
  std::vector<std::string> subjects_;
};

}  // namespace secureauth::db
