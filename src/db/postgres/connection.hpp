#pragma once

#include "db/database.hpp"
#include "db/postgres/fault.hpp"
#include "db/postgres/values.hpp"
#include "db/postgres/wire.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::db::postgres {

/// One statement of a batch.
struct Call {
  Statement statement;
  Params params;
};

/// What a batch came to: the result of its last statement, or the first failure.
struct Outcome {
  Rows rows;
  std::string tag;  ///< what the server says it did: "INSERT 0 1", "COMMIT"
  std::optional<Failure> failure;
};

/// A session of the server, driven in libpq's pipeline mode: a batch of statements is one round trip, and what follows
/// a failing one is not run. Statements are prepared once, on their first use, at no round trip of their own.
/// Used by one coroutine at a time.
class Connection {
 public:
  /// `wire` is connected. `patience` is how long a batch may take before the server counts as frozen.
  /// `epoch` is the owner's mark.
  Connection(std::shared_ptr<Wire> wire, std::chrono::milliseconds patience, std::size_t epoch)
      : wire_(std::move(wire)), patience_(patience), epoch_(epoch) {}

  /// Runs the statements in order. Failures are values. Throws std::logic_error: for a parameter that PostgreSQL cannot
  /// take, before anything was sent; for a result of another form than is known, after which it is not usable any more.
  net::awaitable<Outcome> run(std::vector<Call> batch);

  /// Ends an open transaction without waiting for the answer, which the next batch reads first.
  void roll_back() noexcept;

  /// Whether the next batch may be sent, as far as can be seen without a round trip. False for good once the server
  /// closed it, and for one whose last batch was left before its end.
  [[nodiscard]] bool is_usable();

  [[nodiscard]] std::size_t epoch() const { return epoch_; }

 private:
  using Key = std::pair<const char*, std::size_t>;
  struct Prepared {
    std::string name;
    std::string sql;  ///< a literal's address may be used again by another text (a test's strings)
    bool ready = false;
  };
  struct Step {
    std::size_t call;
    Prepared* prepares;  ///< null: runs it
  };

  void send(const std::vector<Call>& batch, const std::vector<EncodedParams>& params);
  net::awaitable<void> flush();
  net::awaitable<void> receive(std::size_t calls, Outcome* outcome);
  net::awaitable<ResultHandle> next_result();
  void take(const ResultHandle& result, std::size_t step, std::size_t calls, Outcome& outcome);
  Prepared& prepared(Statement statement);
  void require(int libpq_success) const;

  std::shared_ptr<Wire> wire_;
  std::chrono::milliseconds patience_;
  std::size_t epoch_;
  std::map<Key, Prepared> statements_;
  std::size_t names_ = 0;
  std::vector<Step> steps_;  // of the batch under way
  std::size_t owed_ = 0;     // batches whose answers nobody waited for
  bool in_use_ = false;
  bool lost_ = false;
};

}  // namespace secureauth::db::postgres
