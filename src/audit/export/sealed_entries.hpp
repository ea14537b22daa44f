#pragma once

#include "audit/finding.hpp"
#include "audit/recorded_entry.hpp"
#include "audit/signed_head.hpp"
#include "core/net.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The sealed log read in the order of entry numbers, which have no gaps: what an entry's number is never changes, and
/// whatever is committed later gets a greater one.
namespace secureauth::audit::sealed_entries {

/// How many entries were ever sealed, which is the number that the next one gets.
net::awaitable<std::int64_t> count(db::Executor& database);

struct Page {
  std::vector<RecordedEntry> entries;
  std::int64_t next = 0;                ///< where to read on; where it began when there was nothing
  std::int64_t pruned = 0;              ///< entries passed over because they are deleted with their batch
  std::vector<std::string> missing;     ///< ids of sealed entries whose rows are gone or were altered
  std::optional<Finding> unsound = {};  ///< the batch is none that the service sealed: nothing of it is given
};

/// Entries from `from` on, at most `most`, of one batch. What the database holds is not believed: the batch must follow
/// from the head before it and be signed, and each entry must be the one that was sealed. Both must outlive the call.
net::awaitable<Page> page(db::Executor& database, const HeadVerifier& verifier, std::int64_t from, std::int64_t most);

}  // namespace secureauth::audit::sealed_entries
