#include "audit/batch_rows.hpp"

#include "audit/entry.hpp"
#include "audit/segment.hpp"
#include "db/unexpected_type.hpp"

#include <set>
#include <utility>

namespace secureauth::audit {
namespace {

void add_row(std::map<IdBytes, BatchRow>& rows, const std::set<IdBytes>& named, const db::Row& row) try {
  const auto entry = read_entry(row, 0);
  const auto id = id_bytes(entry.text.id);
  if (!id || !named.contains(*id)) return;  // of another batch: one late entry makes a batch span days
  std::string canonical;
  append_canonical(canonical, entry.text);
  rows[*id] = {.line = segment::text_of(segment::entry_line(entry)), .leaf = leaf_hash(canonical, entry.mac)};
} catch (const db::UnexpectedType&) {  // a column of another type, which SQLite keeps
  return;
}

}  // namespace

net::awaitable<std::map<IdBytes, BatchRow>> batch_rows(db::Executor& database, const Batch& batch) {
  std::set<IdBytes> named;
  for (std::size_t i = 0; i < batch.leaves.size() / kLeafBytes; ++i) named.insert(leaf_at(batch.leaves, i).id);
  std::map<IdBytes, BatchRow> found;
  auto from = batch.first_id;
  while (true) {
    const auto rows = co_await log_store::entries_between(database, from, batch.last_id);
    for (const auto& row : rows) add_row(found, named, row);
    if (rows.size() < log_store::kMostEntries) co_return found;
    from = rows.rows.back().text(0);
  }
}

}  // namespace secureauth::audit
