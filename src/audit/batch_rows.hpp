#pragma once

#include "audit/log_store.hpp"

#include <map>
#include <string>

namespace secureauth::audit {

/// A row as it stands: its line of a segment, with its break, and the leaf that it would have.
struct BatchRow {
  std::string line;
  TreeHash leaf = {};
};

/// The rows that a batch names, by their ids. One that is gone, or is none that the service wrote, is missing. Both
/// must outlive the call.
net::awaitable<std::map<IdBytes, BatchRow>> batch_rows(db::Executor& database, const Batch& batch);

}  // namespace secureauth::audit
