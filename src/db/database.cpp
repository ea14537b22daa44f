#include "db/database.hpp"

#include "core/ascii.hpp"
#include "core/backoff.hpp"
#include "db/unexpected_type.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <stdexcept>

namespace secureauth::db {
namespace {

template <class T>
const T& as(const Value& value) {
  if (const auto* held = std::get_if<T>(&value)) return *held;
  throw UnexpectedType("a column holds another type than the one asked for");
}

}  // namespace

const Value& Row::at(std::size_t column) const {
  if (column >= columns_.size()) throw std::logic_error("a row has no column " + std::to_string(column));
  return columns_[column];
}

bool is_read(Statement statement) {
  constexpr std::string_view kSelect = "SELECT";
  const auto start = std::min(statement.sql.find_first_not_of(" \t\r\n"), statement.sql.size());
  return ascii::equal_ignoring_case(statement.sql.substr(start, kSelect.size()), kSelect);
}

bool Row::is_null(std::size_t column) const {
  return std::holds_alternative<std::nullptr_t>(at(column));
}

std::int64_t Row::integer(std::size_t column) const {
  return as<std::int64_t>(at(column));
}

const std::string& Row::text(std::size_t column) const {
  return as<std::string>(at(column));
}

const Bytes& Row::bytes(std::size_t column) const {
  return as<Bytes>(at(column));
}

Timestamp Row::time(std::size_t column) const {
  return from_rfc3339(text(column));
}

std::optional<std::string> Row::optional_text(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

std::optional<Timestamp> Row::optional_time(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

net::awaitable<void> Executor::write(Statement statement, Params params) {
  co_await execute(statement, std::move(params));
}

net::awaitable<void> Database::pause_before_retry(int failed_attempts) {
  constexpr std::chrono::milliseconds kFirst{10};
  net::steady_timer timer(co_await net::this_coro::executor, jittered(kFirst * (1 << failed_attempts)));
  co_await timer.async_wait(net::use_awaitable);
}

}  // namespace secureauth::db
