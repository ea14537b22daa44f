#pragma once

#include "db/database.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace secureauth::db {

struct PostgresOptions {
  std::string url;               ///< see postgres::ConnectionString
  std::size_t connections = 20;  ///< of this process, shared out among its io_contexts, at least 2 each
  std::size_t io_contexts = 1;
  std::chrono::milliseconds connect_timeout{3000};    ///< each address of each host
  std::chrono::milliseconds statement_timeout{5000};  ///< the server ends what takes longer
  std::chrono::milliseconds pool_wait{2000};          ///< for a connection to become free
};

/// The record store in PostgreSQL 15 or newer. Connects when first used, on the io_context of whoever asks, and stays
/// there; nothing is pending in an io_context while nothing is asked. Throws std::invalid_argument for a bad URL.
///
/// What it promises: a statement outside a transaction is one round trip; a transaction's BEGIN, deferred writes and
/// serialize_on() travel with the next statement or the commit; any error inside a transaction ends it. A lost
/// connection fails only what runs on it, and only what is known not to have been kept is run again. Every wait is
/// bounded.
[[nodiscard]] std::shared_ptr<Database> open_postgres(const PostgresOptions& options);

}  // namespace secureauth::db
