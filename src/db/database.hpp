#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/net.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace secureauth::db {

using Bytes = std::vector<std::byte>;

/// What goes in and comes out of a statement. Times travel as RFC 3339 text, ids as UUID text, digests as bytes.
using Value = std::variant<std::nullptr_t, std::int64_t, std::string, Bytes>;

/// SQL in the subset that PostgreSQL and SQLite share: `$1` parameters, RETURNING, ON CONFLICT.
/// A literal with static storage: it is prepared once a connection and kept by its address.
struct Statement {
  std::string_view sql;
};

/// Whether it begins with SELECT and so keeps nothing: what it says may be asked again, and needs no writer. Anything
/// else (WITH, too) counts as a write.
[[nodiscard]] bool is_read(Statement statement);

/// The parameters of one statement, in order. `Params{user_id.text(), clock.now(), nullptr}`.
class Params {
 public:
  template <class... T>
  explicit Params(T&&... values) {
    values_.reserve(sizeof...(T));
    (values_.push_back(to_value(std::forward<T>(values))), ...);
  }
  /// As many as a statement that was composed takes.
  [[nodiscard]] static Params of(std::vector<Value> values) {
    Params params;
    params.values_ = std::move(values);
    return params;
  }
  /// As many as a statement's IN takes, the last one again and again; there is one.
  [[nodiscard]] static Params padded(std::vector<Value> values, std::size_t count) {
    values.resize(count, values.back());
    return of(std::move(values));
  }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  static Value to_value(Value value) { return value; }
  static Value to_value(std::nullptr_t) { return nullptr; }
  static Value to_value(bool value) { return std::int64_t{value ? 1 : 0}; }
  static Value to_value(int value) { return std::int64_t{value}; }
  static Value to_value(std::int64_t value) { return value; }
  static Value to_value(const char* value) { return std::string(value); }
  static Value to_value(std::string value) { return value; }
  static Value to_value(std::string_view value) { return std::string(value); }
  static Value to_value(Bytes value) { return value; }
  template <std::size_t N>
  static Value to_value(const std::array<std::byte, N>& digest) {
    return Bytes(digest.begin(), digest.end());
  }
  static Value to_value(Timestamp value) { return to_rfc3339(value); }
  template <class T>
  static Value to_value(std::optional<T> value) {
    if (!value) return nullptr;
    return to_value(*std::move(value));
  }

  std::vector<Value> values_;
};

/// One row of a result; columns by position, counted from 0. A wrong type or position throws std::logic_error: a bug.
class Row {
 public:
  explicit Row(std::vector<Value> columns) : columns_(std::move(columns)) {}

  [[nodiscard]] bool is_null(std::size_t column) const;
  [[nodiscard]] std::int64_t integer(std::size_t column) const;
  [[nodiscard]] const std::string& text(std::size_t column) const;
  [[nodiscard]] const Bytes& bytes(std::size_t column) const;
  [[nodiscard]] Timestamp time(std::size_t column) const;
  [[nodiscard]] std::optional<std::string> optional_text(std::size_t column) const;
  [[nodiscard]] std::optional<Timestamp> optional_time(std::size_t column) const;

 private:
  [[nodiscard]] const Value& at(std::size_t column) const;
  std::vector<Value> columns_;
};

/// `affected` counts the rows that an INSERT, UPDATE or DELETE changed; 0 for a SELECT.
struct Rows {
  std::vector<Row> rows;
  std::size_t affected = 0;

  [[nodiscard]] bool empty() const { return rows.empty(); }
  [[nodiscard]] std::size_t size() const { return rows.size(); }
  [[nodiscard]] const Row& front() const { return rows.at(0); }
  [[nodiscard]] auto begin() const { return rows.begin(); }
  [[nodiscard]] auto end() const { return rows.end(); }
};

/// Base of what a statement can throw: the store failed, and nothing of the statement's transaction was kept; only
/// after CommitOutcomeUnknown it may have been.
class DatabaseError : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

/// The transaction failed by no fault of its own (a serialization failure, a deadlock, a connection lost before the
/// commit was sent): nothing was kept, and running it again may succeed. Database::transaction does.
class TransactionAborted : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

/// The connection was lost after the commit was sent, or a write that is its own transaction: whether it was kept is
/// unknown. Never run again.
class CommitOutcomeUnknown : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

/// A unique index or foreign key refused the row. Expected only where the caller catches it by name.
class ConstraintViolation : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

/// Where statements run: the database itself (each its own transaction), or an open Transaction.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Runs one statement and resumes on the caller's executor. Throws DatabaseError.
  virtual net::awaitable<Rows> execute(Statement statement, Params params) = 0;

  /// Runs a statement whose result nobody needs. In a transaction it may travel with the next statement or the commit,
  /// which then throws its DatabaseError: it costs no round trip of its own.
  virtual net::awaitable<void> write(Statement statement, Params params);
};

/// An open transaction, driven by `Database::transaction`; destroyed without commit() it is rolled back. Statements see
/// what was committed before each of them began (READ COMMITTED): a decision that rests on what was read, and must not
/// be overtaken, names its subject with serialize_on() first.
class Transaction : public Executor {
 public:
  /// From the next statement to the end of this transaction, no other one that named the same subject runs beside it,
  /// on any instance: the later one waits. Costs no round trip.
  virtual void serialize_on(std::string subject) = 0;

  virtual net::awaitable<void> commit() = 0;
  virtual net::awaitable<void> rollback() = 0;
};

/// The record store. Thread-safe: any io thread may call it.
class Database : public Executor {
 public:
  /// Begins a write transaction, waiting its turn where the store has one writer. Throws DatabaseError.
  virtual net::awaitable<std::unique_ptr<Transaction>> begin() = 0;

  /// Runs `body(Transaction&) -> awaitable<Result<T>>` in one transaction: committed when it returns a value, rolled
  /// back when it returns a refusal or throws. What must be kept with a refusal (an audit row) is committed by
  /// returning it as a value. An aborted transaction (TransactionAborted) is run again a few times, from the start of
  /// `body`: it must set what it gives to the outside, not add to it.
  template <class Body>
  auto transaction(Body body) -> decltype(body(std::declval<Transaction&>()));

  /// Succeeds when the store can take a write now; throws DatabaseError with the cause otherwise.
  virtual net::awaitable<void> check_ready() = 0;

 private:
  static constexpr int kMostAttempts = 4;
  static net::awaitable<void> pause_before_retry(int failed_attempts);
};

template <class Body>
auto Database::transaction(Body body) -> decltype(body(std::declval<Transaction&>())) {
  for (int attempt = 1;; ++attempt) {
    try {
      auto open = co_await begin();
      auto result = co_await body(*open);  // an exception leaves `open` to its destructor, which rolls back
      if (result.has_value()) {
        co_await open->commit();
      } else {
        co_await open->rollback();
      }
      co_return result;
    } catch (const TransactionAborted&) {
      if (attempt == kMostAttempts) throw;
    }
    co_await pause_before_retry(attempt);
  }
}

}  // namespace secureauth::db
