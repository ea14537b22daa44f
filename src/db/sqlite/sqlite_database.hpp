#pragma once

#include "db/database.hpp"
#include "db/sqlite/connection.hpp"

#include <filesystem>
#include <memory>

namespace secureauth::db {

/// The record store in a SQLite file. Writes and transactions run one after another on a thread of their own, reads
/// outside transactions on a second one, so that a session check never waits for a disk flush; no io thread ever
/// waits. Made with its folder where missing, mode 0600, unless the options refuse that. Throws DatabaseError with one
/// clear sentence when the file cannot be used: no permission, a directory, not a database, locked, read-only. Runs no
/// migrations.
///
/// What it promises: an acknowledged write survives a power cut; a transaction begun is exclusive, others wait in the
/// order they came; any error inside one, a refused row too, rolls it back at once, as in PostgreSQL; a deleted or
/// replaced file fails every statement. Too many waiting statements are refused with DatabaseError at once.
/// Destroying it finishes what was queued and rolls back what was left open; destroy it before the io_context.
[[nodiscard]] std::shared_ptr<Database> open_sqlite(const std::filesystem::path& file,
                                                    sqlite::ConnectionOptions options = {});

}  // namespace secureauth::db
