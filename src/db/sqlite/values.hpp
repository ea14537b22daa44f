#pragma once

#include "db/database.hpp"

#include <sqlite3.h>

namespace secureauth::db::sqlite {

/// Binds without copying: `value` must outlive the statement's run. Returns SQLite's code.
int bind_value(sqlite3_stmt* statement, int position, const Value& value);

/// The column of the current row. A floating-point number, which the schema has nowhere, comes as text.
Value read_column(sqlite3_stmt* statement, int column);

Row read_row(sqlite3_stmt* statement);

}  // namespace secureauth::db::sqlite
