#include "db/postgres/transaction.hpp"

namespace secureauth::db::postgres {
namespace {

constexpr Statement kBegin{"BEGIN"};
constexpr Statement kCommit{"COMMIT"};
// Held to the end of the transaction. Two subjects of one hash wait for each other needlessly; nothing worse.
constexpr Statement kLock{"SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"};

}  // namespace

void PostgresTransaction::require_open() const {
  if (!pooled_) throw DatabaseError("the transaction is over: it was committed or rolled back");
}

std::vector<Call> PostgresTransaction::take_waiting() {
  std::vector<Call> batch;
  if (!begun_) batch.push_back({kBegin, Params()});
  begun_ = true;
  for (auto& call : waiting_) batch.push_back(std::move(call));
  waiting_.clear();
  return batch;
}

net::awaitable<Outcome> PostgresTransaction::run(std::vector<Call> batch) {
  try {
    auto outcome = co_await (*pooled_)->run(std::move(batch));
    co_return outcome;
  } catch (...) {
    end();
    throw;
  }
}

void PostgresTransaction::end() noexcept {
  if (pooled_ && begun_) (*pooled_)->roll_back();
  pooled_.reset();
}

void PostgresTransaction::fail(const Failure& failure) {
  if (failure.concerns_all()) pooled_->distrust();
  end();
  raise(failure);
}

net::awaitable<Rows> PostgresTransaction::execute(Statement statement, Params params) {
  require_open();
  waiting_.push_back({statement, std::move(params)});
  auto batch = take_waiting();
  auto outcome = co_await run(std::move(batch));
  if (outcome.failure) fail(*outcome.failure);
  co_return std::move(outcome.rows);
}

net::awaitable<void> PostgresTransaction::write(Statement statement, Params params) {
  require_open();
  waiting_.push_back({statement, std::move(params)});
  co_return;
}

void PostgresTransaction::serialize_on(std::string subject) {
  require_open();
  waiting_.push_back({kLock, Params(std::move(subject))});
}

net::awaitable<void> PostgresTransaction::commit() {
  require_open();
  if (!begun_ && waiting_.empty()) {
    end();
    co_return;
  }
  waiting_.push_back({kCommit, Params()});
  auto batch = take_waiting();
  const auto last = batch.size() - 1;
  auto outcome = co_await run(std::move(batch));
  if (const auto& failure = outcome.failure) {
    // The server's word on an earlier statement, or on the commit itself without going away, is that nothing was kept.
    const bool known = failure->is_known() && (failure->at < last || (*pooled_)->is_usable() || !failure->sent);
    if (known) fail(*failure);
    if (failure->concerns_all()) pooled_->distrust();
    end();
    throw CommitOutcomeUnknown("whether a transaction was kept is unknown: " + failure->message);
  }
  begun_ = false;
  end();
  if (outcome.tag != "COMMIT") throw DatabaseError("PostgreSQL rolled back a transaction that was to be committed");
}

net::awaitable<void> PostgresTransaction::rollback() {
  end();
  co_return;
}

}  // namespace secureauth::db::postgres
