#include "audit/export/sealed_entries.hpp"

#include "crypto/encoding.hpp"

#include <algorithm>
#include <span>
#include <unordered_map>

namespace secureauth::audit::sealed_entries {
namespace {

constexpr std::size_t kLeafBytes = 48;  // id ‖ leaf hash
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kRowsAtOnce = 64;

constexpr db::Statement kCount{"SELECT COALESCE(MAX(tree_size), 0) FROM audit_heads"};

// The batch that holds the entry, or the next one where that batch was pruned; of its leaves only those asked for.
constexpr db::Statement kLeaves{R"sql(
  SELECT first_entry,
         substr(leaves, CAST(1 + 48 * (CASE WHEN $1 > first_entry THEN $1 - first_entry ELSE 0 END) AS integer),
                CAST(48 * $2 AS integer))
    FROM audit_heads WHERE tree_size > $1 ORDER BY tree_size LIMIT 1)sql"};

constexpr db::Statement kRows{R"sql(
  SELECT id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details
    FROM audit_logs
   WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
               $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32,
               $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48,
               $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64))sql"};

std::string uuid_text(std::span<const std::byte> bytes) {
  auto text = crypto::hex_encode(bytes);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

std::vector<std::string> ids_of(std::span<const std::byte> leaves) {
  std::vector<std::string> ids;
  for (; leaves.size() >= kLeafBytes; leaves = leaves.subspan(kLeafBytes))
    ids.push_back(uuid_text(leaves.first(kIdBytes)));
  return ids;
}

using ById = std::unordered_map<std::string, ExportedEntry>;

net::awaitable<void> read_rows(db::Executor& database, std::span<const std::string> ids, ById& found) {
  std::vector<db::Value> values(ids.begin(), ids.end());
  values.resize(kRowsAtOnce, values.back());
  auto params = db::Params::of(std::move(values));
  const auto rows = co_await database.execute(kRows, std::move(params));
  for (const auto& row : rows) found.emplace(row.text(0), exported_entry(row));
}

}  // namespace

net::awaitable<std::int64_t> count(db::Executor& database) {
  const auto rows = co_await database.execute(kCount, db::Params());
  co_return rows.front().integer(0);
}

net::awaitable<Page> page(db::Executor& database, std::int64_t from, std::int64_t most) {
  Page page{.entries = {}, .next = from, .pruned = 0, .missing = 0};
  db::Params params(from, most);
  const auto heads = co_await database.execute(kLeaves, std::move(params));
  if (heads.empty()) co_return page;
  const auto first = std::max(from, heads.front().integer(0));
  const auto ids = ids_of(heads.front().bytes(1));
  ById found;
  for (std::size_t at = 0; at < ids.size(); at += kRowsAtOnce) {
    const auto part = std::span(ids).subspan(at, std::min(kRowsAtOnce, ids.size() - at));
    co_await read_rows(database, part, found);
  }
  page.pruned = first - from;
  page.next = first;
  for (const auto& id : ids) {
    if (const auto entry = found.find(id); entry != found.end()) {
      entry->second.number = page.next;
      page.entries.push_back(std::move(entry->second));
    } else {
      ++page.missing;
    }
    ++page.next;
  }
  co_return page;
}

}  // namespace secureauth::audit::sealed_entries
