#include "db/measured_database.hpp"

#include "telemetry/metrics.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace secureauth::db {
namespace {

using Clock = std::chrono::steady_clock;

/// Counts what is thrown, and throws it on. Within a handler.
[[noreturn]] void count_and_rethrow() {
  auto& failures = telemetry::metrics().store_failures;
  try {
    throw;
  } catch (const TransactionAborted&) {
    failures.add("aborted");
    throw;
  } catch (const CommitOutcomeUnknown&) {
    failures.add("outcome_unknown");
    throw;
  } catch (const ConstraintViolation&) {
    failures.add("constraint");
    throw;
  } catch (...) {
    failures.add("other");
    throw;
  }
}

class MeasuredTransaction final : public Transaction {
 public:
  MeasuredTransaction(std::unique_ptr<Transaction> inner, Clock::time_point began)
      : inner_(std::move(inner)), began_(began) {}
  ~MeasuredTransaction() override { telemetry::metrics().transactions.observe(Clock::now() - began_); }
  MeasuredTransaction(const MeasuredTransaction&) = delete;
  MeasuredTransaction& operator=(const MeasuredTransaction&) = delete;

  net::awaitable<Rows> execute(Statement statement, Params params) override {
    try {
      auto rows = co_await inner_->execute(statement, std::move(params));
      co_return rows;
    } catch (...) {
      count_and_rethrow();
    }
  }
  net::awaitable<void> write(Statement statement, Params params) override {
    return inner_->write(statement, std::move(params));
  }
  void serialize_on(std::string subject) override { inner_->serialize_on(std::move(subject)); }
  net::awaitable<void> commit() override {
    try {
      co_await inner_->commit();
    } catch (...) {
      count_and_rethrow();
    }
  }
  net::awaitable<void> rollback() override { return inner_->rollback(); }

 private:
  std::unique_ptr<Transaction> inner_;
  Clock::time_point began_;
};

class MeasuredDatabase final : public Database {
 public:
  explicit MeasuredDatabase(std::shared_ptr<Database> inner) : inner_(std::move(inner)) {}

  net::awaitable<Rows> execute(Statement statement, Params params) override {
    const auto began = Clock::now();
    try {
      auto rows = co_await inner_->execute(statement, std::move(params));
      telemetry::metrics().statements.observe(Clock::now() - began);
      co_return rows;
    } catch (...) {
      count_and_rethrow();
    }
  }
  net::awaitable<std::unique_ptr<Transaction>> begin() override {
    const auto began = Clock::now();
    try {
      auto open = co_await inner_->begin();
      co_return std::make_unique<MeasuredTransaction>(std::move(open), began);
    } catch (...) {
      count_and_rethrow();
    }
  }
  net::awaitable<void> check_ready() override { return inner_->check_ready(); }

 private:
  std::shared_ptr<Database> inner_;
};

}  // namespace

std::shared_ptr<Database> measured(std::shared_ptr<Database> database) {
  return std::make_shared<MeasuredDatabase>(std::move(database));
}

}  // namespace secureauth::db
