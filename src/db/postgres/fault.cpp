#include "db/postgres/fault.hpp"

#include "db/database.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace secureauth::db::postgres {
namespace {

// https://www.postgresql.org/docs/15/errcodes-appendix.html
constexpr std::string_view kConstraints = "23";
constexpr std::string_view kBadValues = "22";
constexpr std::string_view kConnectionLost = "08";

constexpr std::array<std::string_view, 7> kServerChanged{
    "25006",  // read_only_sql_transaction: now a standby
    "57P01",  // admin_shutdown
    "57P02",  // crash_shutdown
    "57P03",  // cannot_connect_now
    "57P04",  // database_dropped
    "0A000",  // "cached plan must not change result type": migrated under a prepared statement
    "26000",  // invalid_sql_statement_name: a pooler between forgot the prepared statement
};

constexpr std::array<std::string_view, 4> kRunAgain{
    "40001",  // serialization_failure
    "40P01",  // deadlock_detected
    "25P03",  // idle_in_transaction_session_timeout
    "57P05",  // idle_session_timeout
};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& codes, std::string_view code) {
  return std::ranges::find(codes, code) != codes.end();
}

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

}  // namespace

bool Failure::concerns_all() const {
  return frozen || contains(kServerChanged, sqlstate);
}

std::string one_line(std::string_view message) {
  std::string line;
  for (const char c : message) {
    if (c != '\n' && c != '\t') {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

Failure failure_of(const PGresult* result) {
  Failure failure;
  failure.sqlstate = field(result, PG_DIAG_SQLSTATE);
  if (failure.sqlstate.empty()) {  // libpq's own: the connection is gone
    failure.message = "the connection to PostgreSQL was lost: " + one_line(PQresultErrorMessage(result));
    return failure;
  }
  // The message of a data exception quotes the value itself.
  const auto words = failure.sqlstate.starts_with(kBadValues) ? std::string("a value that it cannot hold")
                                                              : one_line(field(result, PG_DIAG_MESSAGE_PRIMARY));
  failure.message = "PostgreSQL refused a statement (SQLSTATE " + failure.sqlstate + ": " + words + ")";
  return failure;
}

void raise(const Failure& failure) {
  const auto& code = failure.sqlstate;
  if (failure.frozen) throw DatabaseError(failure.message);  // whoever asked has waited long enough
  const bool lost = code.empty() || code.starts_with(kConnectionLost);
  if (lost || contains(kRunAgain, code) || contains(kServerChanged, code)) {
    throw TransactionAborted(failure.message);
  }
  if (code.starts_with(kConstraints)) throw ConstraintViolation(failure.message);
  if (code.starts_with(kBadValues)) throw std::logic_error(failure.message);
  throw DatabaseError(failure.message);
}

}  // namespace secureauth::db::postgres
