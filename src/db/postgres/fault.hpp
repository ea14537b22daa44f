#pragma once

#include <cstddef>
#include <libpq-fe.h>
#include <string>
#include <string_view>

namespace secureauth::db::postgres {

/// What went wrong with a batch of statements.
struct Failure {
  std::size_t at = 0;    ///< which of them; their number: after all of them
  std::string sqlstate;  ///< empty: the server said nothing, the connection was lost
  std::string message;   ///< one sentence; never a parameter's value, never a password
  bool sent = true;      ///< whether anything may have reached a server that was still at work
  bool frozen = false;   ///< the server neither answered nor closed the connection in time

  /// The server answered, so that nothing from this statement on was kept. Class 08 is no answer of the server's: a
  /// pooler between (PgBouncer) says so of a server that it lost.
  [[nodiscard]] bool is_known() const { return !sent || (!sqlstate.empty() && !sqlstate.starts_with("08")); }

  /// The other connections of the pool are probably no better: the server is going down, was demoted to a standby, is
  /// frozen, or has another schema than the statements were prepared for.
  [[nodiscard]] bool concerns_all() const;
};

/// Reads an error result of the server. Leaves out DETAIL, and whatever else may hold a parameter's value.
[[nodiscard]] Failure failure_of(const PGresult* result);

/// libpq's message on one line.
[[nodiscard]] std::string one_line(std::string_view message);

/// Throws what a failure means for a transaction whose commit was not sent, or was not reached:
///   a lost connection (08xxx, too), 40001, 40P01, a server that is going or read-only → TransactionAborted: may be run
///   again 23xxx → ConstraintViolation 22xxx → std::logic_error: a value that no column can hold should have been
///   refused before it came here anything else, a frozen server too → DatabaseError
[[noreturn]] void raise(const Failure& failure);

}  // namespace secureauth::db::postgres
