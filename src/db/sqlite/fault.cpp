#include "db/sqlite/fault.hpp"

#include "db/database.hpp"

#include <string>
#include <system_error>

namespace secureauth::db::sqlite {
namespace {

constexpr int primary(int code) {
  return code & 0xff;
}

std::string sentence(int code, const std::string& file) {
  switch (primary(code)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "the database " + file + " is locked by another process";
    case SQLITE_FULL:
      return "no room is left to write to the database " + file;
    case SQLITE_IOERR:
      return "reading or writing the database " + file + " failed";
    case SQLITE_READONLY:
      return "the database " + file + " is read-only";
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return "the database " + file + " could not be opened";
    case SQLITE_NOTADB:
      return file + " is not a SQLite database";
    case SQLITE_CORRUPT:
      return "the database " + file + " is damaged";
    default:
      return "the database " + file + " refused a statement";
  }
}

// SQLite's own words and, where the operating system refused, its words too.
std::string cause(sqlite3* connection, int code) {
  // The connection's message belongs to its last call; after an allocation failure there is none.
  const bool is_last = connection != nullptr && sqlite3_extended_errcode(connection) == code;
  std::string text = is_last ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  const int system_error = connection == nullptr ? 0 : sqlite3_system_errno(connection);
  const bool from_system = primary(code) == SQLITE_IOERR || primary(code) == SQLITE_CANTOPEN;
  if (from_system && system_error != 0) text += ": " + std::generic_category().message(system_error);
  return text;
}

}  // namespace

void raise(sqlite3* connection, int code, const std::filesystem::path& file) {
  const std::string message = sentence(code, file.string()) + " (" + cause(connection, code) + ")";
  if (primary(code) == SQLITE_CONSTRAINT) throw ConstraintViolation(message);
  throw DatabaseError(message);
}

}  // namespace secureauth::db::sqlite
