#include "audit/log_store.hpp"

#include "db/unexpected_type.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::audit {

Leaf leaf_at(std::span<const std::byte> leaves, std::size_t index) {
  const auto bytes = leaves.subspan(index * kLeafBytes, kLeafBytes);
  Leaf leaf;
  std::ranges::copy(bytes.first(leaf.id.size()), leaf.id.begin());
  std::ranges::copy(bytes.subspan(leaf.id.size()), leaf.node.begin());
  return leaf;
}

void append_leaf(db::Bytes& leaves, const Leaf& leaf) {
  leaves.insert(leaves.end(), leaf.id.begin(), leaf.id.end());
  leaves.insert(leaves.end(), leaf.node.begin(), leaf.node.end());
}

namespace log_store {
namespace {

// One round trip and nothing written: what every instance does every second.
constexpr db::Statement kGlance{R"sql(
  SELECT (SELECT max(position) FROM audit_pending),
         (SELECT max(tree_size) FROM audit_heads),
         (SELECT root_hash FROM audit_heads ORDER BY tree_size DESC LIMIT 1),
         (SELECT root_hash FROM audit_heads WHERE tree_size = $1),
         (SELECT min(tree_size) FROM audit_heads))sql"};

// A line whose entry is gone must be seen, too.
constexpr db::Statement kWaiting{R"sql(
  SELECT p.position, p.entry_id, l.id, l.at, l.event, l.outcome, l.actor_id, l.subject_id, l.session_id, l.ip,
         l.user_agent, l.request_id, l.details, l.mac
    FROM audit_pending p LEFT JOIN audit_logs l ON l.id = p.entry_id
   WHERE p.position > $1 ORDER BY p.position LIMIT 2048)sql"};

// Ranges of positions that were all read: a line that came to light since, with a lower position, stays.
constexpr db::Statement kRemoveWaiting{"DELETE FROM audit_pending WHERE position BETWEEN $1 AND $2"};

constexpr db::Statement kCountBetween{"SELECT COUNT(*) FROM audit_pending WHERE position BETWEEN $1 AND $2"};

constexpr db::Statement kCountWaiting{R"sql(
  SELECT COUNT(*) FROM (SELECT 1 FROM audit_pending LIMIT 10000) AS waiting)sql"};

constexpr db::Statement kOldestWaiting{R"sql(
  SELECT l.at FROM audit_pending p JOIN audit_logs l ON l.id = p.entry_id ORDER BY p.position LIMIT 1)sql"};

// Its peaks stand in the place of its leaves, which may be many.
constexpr db::Statement kNewest{R"sql(
  SELECT tree_size, first_entry, peaks, first_id, last_id, peaks, root_hash, sealed_at, key_id, signature
    FROM audit_heads ORDER BY tree_size DESC LIMIT 1)sql"};

// The key lets nobody add a second head of one size.
constexpr db::Statement kAdd{R"sql(
  INSERT INTO audit_heads (tree_size, first_entry, leaves, first_id, last_id, peaks, root_hash, sealed_at, key_id, signature)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql"};

constexpr db::Statement kBySize{R"sql(
  SELECT tree_size, first_entry, leaves, first_id, last_id, peaks, root_hash, sealed_at, key_id, signature
    FROM audit_heads WHERE tree_size > $1 ORDER BY tree_size LIMIT 32)sql"};

constexpr db::Statement kByFirstId{R"sql(
  SELECT tree_size, first_entry, leaves, first_id, last_id, peaks, root_hash, sealed_at, key_id, signature
    FROM audit_heads WHERE (first_id, tree_size) > ($1, $2) ORDER BY first_id, tree_size LIMIT 32)sql"};

// By the index over last_id. An entry that is not sealed yet is mostly younger than all that are: nothing, or one row.
constexpr db::Statement kEndingFrom{R"sql(
  SELECT tree_size, first_entry, leaves, first_id, last_id, peaks, root_hash, sealed_at, key_id, signature
    FROM audit_heads WHERE last_id >= $1 ORDER BY last_id LIMIT 16)sql"};

constexpr db::Statement kAround{R"sql(
  SELECT tree_size, first_entry, leaves, first_id, last_id, peaks, root_hash, sealed_at, key_id, signature
    FROM audit_heads WHERE last_id >= $1 AND first_id <= $1 ORDER BY last_id LIMIT 64)sql"};

constexpr db::Statement kOfSize{R"sql(
  SELECT tree_size, first_entry, leaves, first_id, last_id, peaks, root_hash, sealed_at, key_id, signature
    FROM audit_heads WHERE tree_size = $1)sql"};

// The anchor of a pruned log has no leaves and holds nothing.
constexpr db::Statement kHolding{R"sql(
  SELECT tree_size, first_entry, leaves, first_id, last_id, peaks, root_hash, sealed_at, key_id, signature
    FROM audit_heads WHERE tree_size > $1 AND length(leaves) > 0 ORDER BY tree_size LIMIT 1)sql"};

constexpr db::Statement kEntries{R"sql(
  SELECT id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details, mac
    FROM audit_logs WHERE id > $1 ORDER BY id LIMIT 4096)sql"};

// Without a bound: SQLite would take what is no id at all, which sorts before every id.
constexpr db::Statement kFirstEntries{R"sql(
  SELECT id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details, mac
    FROM audit_logs ORDER BY id LIMIT 4096)sql"};

constexpr db::Statement kEntriesBetween{R"sql(
  SELECT id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details, mac
    FROM audit_logs WHERE id BETWEEN $1 AND $2 ORDER BY id LIMIT 4096)sql"};

constexpr db::Statement kEntry{R"sql(
  SELECT id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id, details, mac
    FROM audit_logs WHERE id = $1)sql"};

// A cursor behind the log's end is none that was reached by delivering: it confirms nothing.
constexpr db::Statement kFirstUndelivered{R"sql(
  SELECT sink,
         CASE WHEN next_entry > (SELECT COALESCE(max(tree_size), 0) FROM audit_heads) THEN 0 ELSE next_entry END
    FROM audit_deliveries ORDER BY 2, sink LIMIT 1)sql"};

constexpr db::Statement kCountSigned{R"sql(
  SELECT (SELECT count(*) FROM audit_logs WHERE substr(mac, 1, 4) = $1)
       + (SELECT count(*) FROM audit_heads WHERE key_id = $2))sql"};

constexpr db::Statement kRemoveEntry{"DELETE FROM audit_logs WHERE id = $1"};
constexpr db::Statement kRemoveAllButWaiting{
    "DELETE FROM audit_logs WHERE id NOT IN (SELECT entry_id FROM audit_pending)"};
constexpr db::Statement kRemoveAllHeads{"DELETE FROM audit_heads"};
constexpr db::Statement kBoundDeliveries{"UPDATE audit_deliveries SET next_entry = $1 WHERE next_entry > $1"};
constexpr db::Statement kRemoveHeads{"DELETE FROM audit_heads WHERE tree_size < $1"};
constexpr db::Statement kEmptyLeaves{"UPDATE audit_heads SET leaves = $2 WHERE tree_size = $1"};

std::uint64_t unsigned_of(std::int64_t number) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number));
}

/// What has another size than it must have becomes zeros, which no check takes for right.
template <std::size_t N>
std::array<std::byte, N> exactly(const db::Bytes& bytes) {
  std::array<std::byte, N> result{};
  if (bytes.size() == N) std::ranges::copy(bytes, result.begin());
  return result;
}

std::optional<TreeHash> optional_root(const db::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  try {
    return exactly<32>(row.bytes(column));
  } catch (const db::UnexpectedType&) {
    return TreeHash();
  }
}

/// A time of no known form (`infinity`) is none that was signed.
Timestamp time_of(const db::Row& row, std::size_t column) {
  try {
    return row.time(column);
  } catch (const std::invalid_argument&) {
    return {};
  }
}

Batch batch_of(const db::Row& row) {
  return {.first_entry = unsigned_of(row.integer(1)),
          .head = {.head = {.tree_size = unsigned_of(row.integer(0)),
                            .root = exactly<32>(row.bytes(6)),
                            .sealed_at = time_of(row, 7)},
                   .key_id = row.text(8),
                   .signature = exactly<64>(row.bytes(9))},
          .leaves = row.bytes(2),
          .first_id = row.text(3),
          .last_id = row.text(4),
          .peaks = row.bytes(5)};
}

std::vector<Batch> batches_of(const db::Rows& rows) {
  std::vector<Batch> batches;
  batches.reserve(rows.size());
  for (const auto& row : rows) batches.push_back(batch_of(row));
  return batches;
}

}  // namespace

net::awaitable<Glance> glance(db::Executor& executor, std::uint64_t seen_size) {
  db::Params params(static_cast<std::int64_t>(seen_size));
  const auto rows = co_await executor.execute(kGlance, std::move(params));
  const auto& row = rows.front();
  Glance seen{.newest_waiting = {},
              .tree_size = row.is_null(1) ? 0 : unsigned_of(row.integer(1)),
              .root = optional_root(row, 2),
              .root_at_seen = optional_root(row, 3),
              .oldest_size = {}};
  if (!row.is_null(0)) seen.newest_waiting = row.integer(0);
  if (!row.is_null(4)) seen.oldest_size = unsigned_of(row.integer(4));
  co_return seen;
}

net::awaitable<std::vector<Waiting>> waiting(db::Executor& executor, std::int64_t after) {
  db::Params params(after);
  auto rows = co_await executor.execute(kWaiting, std::move(params));
  std::vector<Waiting> lines;
  lines.reserve(rows.size());
  for (auto& row : rows.rows) lines.emplace_back(std::move(row));
  co_return lines;
}

void append(std::vector<Positions>& ranges, std::int64_t position) {
  if (!ranges.empty() && ranges.back().to + 1 == position) {
    ranges.back().to = position;
  } else {
    ranges.push_back({position, position});
  }
}

net::awaitable<void> remove_waiting(db::Executor& executor, Positions positions) {
  db::Params params(positions.from, positions.to);
  co_await executor.write(kRemoveWaiting, std::move(params));
}

net::awaitable<std::int64_t> count_between(db::Executor& executor, Positions positions) {
  db::Params params(positions.from, positions.to);
  const auto rows = co_await executor.execute(kCountBetween, std::move(params));
  co_return rows.front().integer(0);
}

net::awaitable<std::optional<Batch>> newest(db::Executor& executor) {
  db::Params params;
  const auto rows = co_await executor.execute(kNewest, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  auto batch = batch_of(rows.front());
  batch.leaves.clear();
  co_return batch;
}

net::awaitable<std::int64_t> count_waiting(db::Executor& executor) {
  const auto rows = co_await executor.execute(kCountWaiting, db::Params());
  co_return rows.front().integer(0);
}

net::awaitable<std::optional<Timestamp>> oldest_waiting(db::Executor& executor) {
  const auto rows = co_await executor.execute(kOldestWaiting, db::Params());
  if (rows.empty()) co_return std::nullopt;
  co_return time_of(rows.front(), 0);
}

net::awaitable<void> add(db::Executor& executor, Batch batch) {
  db::Params params(static_cast<std::int64_t>(batch.head.head.tree_size), static_cast<std::int64_t>(batch.first_entry),
                    std::move(batch.leaves), batch.first_id, batch.last_id, std::move(batch.peaks),
                    batch.head.head.root, batch.head.head.sealed_at, batch.head.key_id, batch.head.signature);
  co_await executor.write(kAdd, std::move(params));
}

net::awaitable<std::vector<Batch>> by_size(db::Executor& executor, std::int64_t after) {
  db::Params params(after);
  const auto rows = co_await executor.execute(kBySize, std::move(params));
  co_return batches_of(rows);
}

net::awaitable<std::vector<Batch>> by_first_id(db::Executor& executor, std::string first_id, std::int64_t tree_size) {
  db::Params params(std::move(first_id), tree_size);
  const auto rows = co_await executor.execute(kByFirstId, std::move(params));
  co_return batches_of(rows);
}

net::awaitable<std::vector<Batch>> ending_from(db::Executor& executor, std::string id) {
  db::Params params(std::move(id));
  const auto rows = co_await executor.execute(kEndingFrom, std::move(params));
  co_return batches_of(rows);
}

net::awaitable<std::vector<Batch>> around(db::Executor& executor, std::string id) {
  db::Params params(std::move(id));
  const auto rows = co_await executor.execute(kAround, std::move(params));
  co_return batches_of(rows);
}

net::awaitable<std::optional<Batch>> holding(db::Executor& executor, std::int64_t entry) {
  db::Params params(entry);
  const auto rows = co_await executor.execute(kHolding, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return batch_of(rows.front());
}

net::awaitable<std::optional<Batch>> of_size(db::Executor& executor, std::uint64_t tree_size) {
  db::Params params(static_cast<std::int64_t>(tree_size));
  const auto rows = co_await executor.execute(kOfSize, std::move(params));
  if (rows.empty()) co_return std::nullopt;
  co_return batch_of(rows.front());
}

net::awaitable<db::Rows> entries(db::Executor& executor, std::optional<std::string> after) {
  const auto statement = after ? kEntries : kFirstEntries;
  auto params = after ? db::Params(*std::move(after)) : db::Params();
  auto rows = co_await executor.execute(statement, std::move(params));
  co_return rows;
}

net::awaitable<db::Rows> entries_between(db::Executor& executor, std::string from, std::string to) {
  db::Params params(std::move(from), std::move(to));
  auto rows = co_await executor.execute(kEntriesBetween, std::move(params));
  co_return rows;
}

net::awaitable<db::Rows> entry(db::Executor& executor, std::string id) {
  db::Params params(std::move(id));
  auto rows = co_await executor.execute(kEntry, std::move(params));
  co_return rows;
}

net::awaitable<std::optional<Undelivered>> first_undelivered(db::Executor& executor) {
  const auto rows = co_await executor.execute(kFirstUndelivered, db::Params());
  if (rows.empty()) co_return std::nullopt;
  co_return Undelivered{.sink = rows.front().text(0), .next_entry = unsigned_of(rows.front().integer(1))};
}

net::awaitable<std::int64_t> count_signed(db::Executor& executor, db::Bytes id, std::string key_id) {
  db::Params params(std::move(id), std::move(key_id));
  const auto rows = co_await executor.execute(kCountSigned, std::move(params));
  co_return rows.front().integer(0);
}

net::awaitable<void> remove_entry(db::Executor& executor, std::string id) {
  db::Params params(std::move(id));
  co_await executor.write(kRemoveEntry, std::move(params));
}

net::awaitable<std::size_t> remove_all_but_waiting(db::Executor& executor) {
  const auto rows = co_await executor.execute(kRemoveAllButWaiting, db::Params());
  co_return rows.affected;
}

net::awaitable<void> remove_heads(db::Executor& executor) {
  co_await executor.write(kRemoveAllHeads, db::Params());
}

net::awaitable<void> bound_deliveries(db::Executor& executor, std::uint64_t tree_size) {
  db::Params params(static_cast<std::int64_t>(tree_size));
  co_await executor.write(kBoundDeliveries, std::move(params));
}

net::awaitable<void> make_anchor(db::Executor& executor, std::uint64_t tree_size) {
  const auto size = static_cast<std::int64_t>(tree_size);
  db::Params older(size);
  co_await executor.write(kRemoveHeads, std::move(older));
  db::Params emptied(size, db::Bytes());
  co_await executor.write(kEmptyLeaves, std::move(emptied));
}

}  // namespace log_store
}  // namespace secureauth::audit
