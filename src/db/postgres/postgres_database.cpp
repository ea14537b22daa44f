#include "db/postgres/postgres_database.hpp"

#include "core/ascii.hpp"
#include "db/postgres/transaction.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace secureauth::db {
namespace {

using postgres::Call;
using postgres::Connector;
using postgres::Failure;
using postgres::Pool;
using postgres::PooledConnection;

// How much longer than the statement timeout an answer may be on its way before the server counts as frozen.
constexpr std::chrono::milliseconds kSlack{2000};

constexpr Statement kCanWrite{"SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'"};

class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(const PostgresOptions& options)
      : connector_(std::make_shared<Connector>(
            postgres::ConnectionString(options.url),
            Connector::Options{.timeout = options.connect_timeout, .statement_timeout = options.statement_timeout})),
        pool_options_{
            .size = std::max<std::size_t>(2, options.connections / std::max<std::size_t>(1, options.io_contexts)),
            .wait = options.pool_wait,
            .patience = options.statement_timeout + kSlack} {}

  net::awaitable<Rows> execute(Statement statement, Params params) override {
    for (bool again = false;; again = true) {
      try {
        auto rows = co_await run_once(statement, params);
        co_return rows;
      } catch (const TransactionAborted&) {  // nothing was kept: once more, on another connection
        if (again) throw;
      }
    }
  }

  net::awaitable<std::unique_ptr<Transaction>> begin() override {
    auto pooled = co_await acquire();
    co_return std::make_unique<postgres::PostgresTransaction>(std::move(pooled));
  }

  net::awaitable<void> check_ready() override {
    const auto pool = pool_of(co_await net::this_coro::executor);
    const auto epoch = pool->epoch();
    const auto rows = co_await execute(kCanWrite, Params());
    if (rows.front().integer(0) == 1) co_return;
    pool->distrust(epoch);  // of several hosts another may have become the primary
    throw DatabaseError("PostgreSQL is read-only: a standby, or set to be");
  }

 private:
  net::awaitable<PooledConnection> acquire() {
    const auto pool = pool_of(co_await net::this_coro::executor);
    auto pooled = co_await pool->acquire();
    co_return pooled;
  }

  std::shared_ptr<Pool> pool_of(const net::any_io_executor& executor) {
    return pools_.of(net::query(executor, net::execution::context),
                     [&] { return std::make_shared<Pool>(executor, connector_, pool_options_); });
  }

  net::awaitable<Rows> run_once(Statement statement, Params params) {
    auto pooled = co_await acquire();
    std::vector<Call> batch;
    batch.push_back({statement, std::move(params)});
    auto outcome = co_await pooled->run(std::move(batch));
    if (!outcome.failure) co_return std::move(outcome.rows);
    if (!outcome.failure->is_known() && !is_read(statement)) {
      if (outcome.failure->concerns_all()) pooled.distrust();
      throw CommitOutcomeUnknown("whether a statement was kept is unknown: " + outcome.failure->message);
    }
    fail(pooled, *outcome.failure);
  }

  [[noreturn]] static void fail(const PooledConnection& pooled, const Failure& failure) {
    if (failure.concerns_all()) pooled.distrust();
    postgres::raise(failure);
  }

  std::shared_ptr<Connector> connector_;
  Pool::Options pool_options_;
  PerContext<Pool> pools_;
};

}  // namespace

std::shared_ptr<Database> open_postgres(const PostgresOptions& options) {
  return std::make_shared<PostgresDatabase>(options);
}

}  // namespace secureauth::db
