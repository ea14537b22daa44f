#include "db/sqlite/sqlite_database.hpp"

#include "core/offload.hpp"
#include "db/sqlite/worker.hpp"

#include <boost/asio/this_coro.hpp>

#include <string_view>

namespace secureauth::db {
namespace {

// How many statements may wait: about what the thread can do within a second or two (a write flushes the disk).
constexpr std::size_t kWaitingWrites = 2048;
constexpr std::size_t kWaitingReads = 16384;

// Work is named before it is awaited: g++ 12 destroys a lambda that is a temporary of a co_await expression twice.

// A connection and the one thread that touches it. Shared with open transactions, which may outlive the database.
struct Lane {
  sqlite::Connection connection;
  sqlite::Worker worker;

  Lane(const std::filesystem::path& file, sqlite::ConnectionOptions options, std::size_t capacity)
      : connection(file, options), worker(capacity, [this] { connection.rollback(); }) {}

  // Runs in turn. The caller keeps the lane alive until it is resumed.
  template <class Work>
  auto run(Work work) {
    require_room();
    return offload([this](sqlite::Worker::Job job) { worker.post(std::move(job)); }, std::move(work));
  }

  // Runs ahead of the waiting ones: for the open transaction.
  template <class Work>
  auto run_as_holder(Work work) {
    if (worker.stopped()) throw DatabaseError("the record store is closed");
    return offload([this](sqlite::Worker::Job job) { worker.post_holder(std::move(job)); }, std::move(work));
  }

  void require_room() const {
    if (worker.has_room()) return;
    throw DatabaseError(worker.stopped() ? "the record store is closed"
                                         : "too many statements wait for the record store");
  }
};

class SqliteTransaction final : public Transaction {
 public:
  explicit SqliteTransaction(std::shared_ptr<Lane> lane) : lane_(std::move(lane)) {}

  ~SqliteTransaction() override {
    if (!open_) return;
    lane_->worker.post_holder([lane = lane_.get()] {
      lane->connection.rollback();
      lane->worker.release();
    });
  }
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;

  net::awaitable<Rows> execute(Statement statement, Params params) override {
    require_open();
    auto work = [this, statement, &params] {
      try {
        return lane_->connection.execute(statement, params);
      } catch (...) {
        end();  // PostgreSQL aborts a transaction at its first error: so does this one
        throw;
      }
    };
    auto rows = co_await lane_->run_as_holder(std::move(work));
    co_return rows;
  }

  void serialize_on(std::string) override {}  // there is one transaction at a time

  net::awaitable<void> commit() override {
    require_open();
    auto work = [this] {
      try {
        lane_->connection.commit();
      } catch (...) {
        end();
        throw;
      }
      end();
    };
    co_await lane_->run_as_holder(std::move(work));
  }

  net::awaitable<void> rollback() override {
    if (!open_) co_return;
    auto work = [this] { end(); };
    co_await lane_->run_as_holder(std::move(work));
  }

 private:
  void require_open() const {
    if (!open_) throw DatabaseError("the transaction is over: it was committed or rolled back");
  }

  // On the worker's thread. `open_` needs no lock: the awaiting coroutine, which owns this, is asleep meanwhile.
  void end() {
    lane_->connection.rollback();  // does nothing after a commit
    lane_->worker.release();
    open_ = false;
  }

  std::shared_ptr<Lane> lane_;
  bool open_ = true;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(const std::filesystem::path& file, sqlite::ConnectionOptions options)
      : writer_(std::make_shared<Lane>(file, options, kWaitingWrites)),
        reader_(std::make_shared<Lane>(file, reading(options), kWaitingReads)) {}

  ~SqliteDatabase() override {
    reader_->worker.stop();
    reader_.reset();  // the last connection to close is the one that can empty the log
    writer_->worker.stop();
    writer_->connection.checkpoint();
  }
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  net::awaitable<Rows> execute(Statement statement, Params params) override {
    Lane& lane = is_read(statement) ? *reader_ : *writer_;
    auto work = [&lane, statement, &params] { return lane.connection.execute(statement, params); };
    auto rows = co_await lane.run(std::move(work));
    co_return rows;
  }

  net::awaitable<std::unique_ptr<Transaction>> begin() override {
    // Made on the worker's thread, so that a coroutine that ends before it is resumed lets go of it all the same.
    auto work = [lane = writer_]() -> std::unique_ptr<Transaction> {
      lane->connection.begin();
      lane->worker.hold();
      return std::make_unique<SqliteTransaction>(lane);
    };
    auto open = co_await writer_->run(std::move(work));
    co_return open;
  }

  net::awaitable<void> check_ready() override {
    auto work = [lane = writer_.get()] { lane->connection.check_writable(); };
    co_await writer_->run(std::move(work));
  }

 private:
  static sqlite::ConnectionOptions reading(sqlite::ConnectionOptions options) {
    options.query_only = true;
    return options;
  }

  std::shared_ptr<Lane> writer_;
  std::shared_ptr<Lane> reader_;
};

}  // namespace

std::shared_ptr<Database> open_sqlite(const std::filesystem::path& file, sqlite::ConnectionOptions options) {
  return std::make_shared<SqliteDatabase>(file, options);
}

}  // namespace secureauth::db
