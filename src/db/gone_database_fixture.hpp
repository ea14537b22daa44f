#pragma once

#include "db/database.hpp"

#include <memory>

namespace secureauth::db {

/// A record store that is gone. For tests of what must come again.
class GoneDatabase final : public Database {
 public:
  net::awaitable<Rows> execute(Statement, Params) override { throw DatabaseError("gone"); }
  net::awaitable<std::unique_ptr<Transaction>> begin() override { throw DatabaseError("gone"); }
  net::awaitable<void> check_ready() override { throw DatabaseError("gone"); }
};

}  // namespace secureauth::db
