#include "audit/export/sealed_entries.hpp"

#include "audit/chain_check.hpp"
#include "audit/log_store.hpp"
#include "db/unexpected_type.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

namespace secureauth::audit::sealed_entries {
namespace {

constexpr std::size_t kRowsAtOnce = 64;

constexpr db::Statement kCount{"SELECT COALESCE(MAX(tree_size), 0) FROM audit_heads"};

constexpr db::Statement kRows{R"sql(
  SELECT id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details, mac
    FROM audit_logs
   WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
               $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32,
               $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48,
               $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64))sql"};

using ById = std::unordered_map<std::string, RecordedEntry>;

/// The leaves of the batch from this entry on, at most `most`.
std::vector<Leaf> leaves_from(const Batch& batch, std::int64_t from, std::int64_t most) {
  const auto count = batch.leaves.size() / kLeafBytes;
  const auto skipped = static_cast<std::size_t>(from) - batch.first_entry;
  std::vector<Leaf> leaves;
  for (auto i = skipped; i < count && leaves.size() < static_cast<std::size_t>(most); ++i) {
    leaves.push_back(leaf_at(batch.leaves, i));
  }
  return leaves;
}

bool is_sealed_row(const db::Row& row, std::span<const Leaf> leaves) {
  EntryRow entry;
  try {
    entry = read_entry(row, 0);
  } catch (const db::UnexpectedType&) {  // a column of another type, which SQLite keeps: no entry of ours
    return false;
  }
  const auto id = id_bytes(entry.text.id);
  std::string canonical;
  append_canonical(canonical, entry.text);
  const auto node = leaf_hash(canonical, entry.mac);
  return std::ranges::any_of(leaves, [&](const Leaf& leaf) { return leaf.id == id && leaf.node == node; });
}

net::awaitable<void> read_rows(db::Executor& database, std::span<const Leaf> leaves, ById& found) {
  std::vector<db::Value> values;
  values.reserve(kRowsAtOnce);
  for (const auto& leaf : leaves) values.emplace_back(id_text(leaf.id));
  auto params = db::Params::padded(std::move(values), kRowsAtOnce);
  const auto rows = co_await database.execute(kRows, std::move(params));
  for (const auto& row : rows) {
    if (is_sealed_row(row, leaves)) found.emplace(row.text(0), recorded_entry(row));
  }
}

net::awaitable<std::optional<Finding>> check(db::Executor& database, const HeadVerifier& verifier, const Batch& batch) {
  ChainCheck chain(verifier, {});
  if (batch.first_entry > 0) {
    auto former = co_await log_store::of_size(database, batch.first_entry);
    if (former) {
      former->leaves.clear();  // its own head and peaks vouch for what came before
      auto found = chain.add(*former);
      if (found) co_return found;
    }
  }
  co_return chain.add(batch);
}

net::awaitable<Page> read_page(db::Executor& database, const HeadVerifier& verifier, std::int64_t from,
                               std::int64_t most) {
  Page page{.entries = {}, .next = from, .pruned = 0, .missing = {}, .unsound = {}};
  const auto batch = co_await log_store::holding(database, from);
  if (!batch) co_return page;
  page.unsound = co_await check(database, verifier, *batch);
  if (page.unsound) co_return page;
  page.next = std::max(from, static_cast<std::int64_t>(batch->first_entry));
  page.pruned = page.next - from;
  const auto leaves = leaves_from(*batch, page.next, most);
  ById found;
  for (std::size_t at = 0; at < leaves.size(); at += kRowsAtOnce) {
    const auto part = std::span(leaves).subspan(at, std::min(kRowsAtOnce, leaves.size() - at));
    co_await read_rows(database, part, found);
  }
  for (const auto& leaf : leaves) {
    if (const auto entry = found.find(id_text(leaf.id)); entry != found.end()) {
      entry->second.number = page.next;
      page.entries.push_back(std::move(entry->second));
    } else {
      page.missing.push_back(id_text(leaf.id));
    }
    ++page.next;
  }
  co_return page;
}

}  // namespace

net::awaitable<std::int64_t> count(db::Executor& database) {
  const auto rows = co_await database.execute(kCount, db::Params());
  co_return rows.front().integer(0);
}

net::awaitable<Page> page(db::Executor& database, const HeadVerifier& verifier, std::int64_t from, std::int64_t most) {
  std::string cause;
  try {
    auto page = co_await read_page(database, verifier, from, most);
    co_return page;
  } catch (const db::UnexpectedType& error) {  // a head with a column of another type
    cause = error.what();
  }
  Page page{.entries = {}, .next = from, .pruned = 0, .missing = {}, .unsound = {}};
  page.unsound = Finding{.kind = "unreadable", .words = "a batch cannot be read: " + cause};
  co_return page;
}

}  // namespace secureauth::audit::sealed_entries
