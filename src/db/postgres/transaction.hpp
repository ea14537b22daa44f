#pragma once

#include "db/postgres/pool.hpp"

#include <optional>
#include <string>
#include <vector>

namespace secureauth::db::postgres {

/// A transaction on a connection of its own. BEGIN, writes and locks wait for the next statement or the commit.
class PostgresTransaction final : public Transaction {
 public:
  explicit PostgresTransaction(PooledConnection pooled) { pooled_.emplace(std::move(pooled)); }
  ~PostgresTransaction() override { end(); }
  PostgresTransaction(const PostgresTransaction&) = delete;
  PostgresTransaction& operator=(const PostgresTransaction&) = delete;

  net::awaitable<Rows> execute(Statement statement, Params params) override;
  net::awaitable<void> write(Statement statement, Params params) override;
  void serialize_on(std::string subject) override;
  net::awaitable<void> commit() override;
  net::awaitable<void> rollback() override;

 private:
  void require_open() const;
  /// Everything that waits, behind BEGIN where the server does not know of the transaction yet.
  std::vector<Call> take_waiting();
  /// Runs the batch; an exception ends the transaction, whose BEGIN may not have been sent.
  net::awaitable<Outcome> run(std::vector<Call> batch);
  /// Rolls back what the server knows of and lets the connection go.
  void end() noexcept;
  [[noreturn]] void fail(const Failure& failure);

  std::optional<PooledConnection> pooled_;  // empty: it is over
  std::vector<Call> waiting_;
  bool begun_ = false;
};

}  // namespace secureauth::db::postgres
