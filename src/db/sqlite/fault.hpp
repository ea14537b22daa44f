#pragma once

#include <sqlite3.h>

#include <filesystem>

namespace secureauth::db::sqlite {

/// Throws what a failed SQLite call means, in one sentence that names the file: ConstraintViolation for a refused row,
/// DatabaseError for everything else. Carries SQLite's own message, which never holds a parameter's value.
/// `connection` may be null: then the code alone speaks.
[[noreturn]] void raise(sqlite3* connection, int code, const std::filesystem::path& file);

}  // namespace secureauth::db::sqlite
