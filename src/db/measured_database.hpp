#pragma once

#include "db/database.hpp"

#include <memory>

namespace secureauth::db {

/// The same database; statements, transactions and what fails of them are counted in telemetry::metrics().
[[nodiscard]] std::shared_ptr<Database> measured(std::shared_ptr<Database> database);

}  // namespace secureauth::db
