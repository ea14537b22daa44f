#pragma once

#include "audit/entry_row.hpp"
#include "audit/signed_head.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace secureauth::audit {

/// A row of `audit_heads`: entries that were sealed together, and the head of the tree that ends with them.
struct Batch {
  std::uint64_t first_entry = 0;  ///< number of its first entry, from 0
  SignedHead head;
  db::Bytes leaves;  ///< a Leaf an entry, in their order; empty in the last pruned batch, the anchor of what follows
  std::string first_id;
  std::string last_id;  ///< the least and the greatest id in it
  db::Bytes peaks;
};

/// An entry's place in `leaves`: its id, then its leaf's hash.
struct Leaf {
  IdBytes id = {};
  TreeHash node = {};
};
constexpr std::size_t kLeafBytes = 48;
[[nodiscard]] Leaf leaf_at(std::span<const std::byte> leaves, std::size_t index);
void append_leaf(db::Bytes& leaves, const Leaf& leaf);

/// The tables of the sealed log, statement by statement. An Executor must outlive the call.
namespace log_store {

/// One cheap read, for a sealer that mostly finds nothing to do.
struct Glance {
  std::optional<std::int64_t> newest_waiting;  ///< the last line's position; none: nothing waits
  std::uint64_t tree_size = 0;                 ///< of the newest head; 0: there is none
  std::optional<TreeHash> root;                ///< its root
  std::optional<TreeHash> root_at_seen;        ///< of the head of exactly the size asked for
  std::optional<std::uint64_t> oldest_size;    ///< of the oldest head
};
net::awaitable<Glance> glance(db::Executor& executor, std::uint64_t seen_size);

/// A line of `audit_pending` and the entry that it names, if that exists. `row` holds the text.
class Waiting {
 public:
  explicit Waiting(db::Row row) : row_(std::move(row)) {}
  [[nodiscard]] std::int64_t position() const { return row_.integer(0); }
  [[nodiscard]] const std::string& entry_id() const { return row_.text(1); }
  [[nodiscard]] bool has_entry() const { return !row_.is_null(2); }
  [[nodiscard]] EntryRow entry() const { return read_entry(row_, 2); }

 private:
  db::Row row_;
};
constexpr std::size_t kMostWaiting = 2048;  ///< of one answer
/// By position, from behind `after`.
net::awaitable<std::vector<Waiting>> waiting(db::Executor& executor, std::int64_t after);

/// Both ends included.
struct Positions {
  std::int64_t from = 0;
  std::int64_t to = 0;
};
/// Adds one that is greater than those before; neighbours become one range.
void append(std::vector<Positions>& ranges, std::int64_t position);
net::awaitable<void> remove_waiting(db::Executor& executor, Positions positions);
net::awaitable<std::int64_t> count_between(db::Executor& executor, Positions positions);

/// How many lines there are, counted up to kMostCounted.
constexpr std::int64_t kMostCounted = 10'000;
net::awaitable<std::int64_t> count_waiting(db::Executor& executor);

/// When the oldest entry that waits was recorded.
net::awaitable<std::optional<Timestamp>> oldest_waiting(db::Executor& executor);

/// Without its leaves.
net::awaitable<std::optional<Batch>> newest(db::Executor& executor);
net::awaitable<void> add(db::Executor& executor, Batch batch);

/// Of a page.
constexpr std::size_t kMostBatches = 32;
constexpr std::size_t kMostEntries = 4096;
/// In the order of the tree, from behind the one of size `after`.
net::awaitable<std::vector<Batch>> by_size(db::Executor& executor, std::int64_t after);
/// In the order of their least ids, from behind the batch (`first_id`, `tree_size`).
net::awaitable<std::vector<Batch>> by_first_id(db::Executor& executor, std::string first_id, std::int64_t tree_size);
/// Where an entry of this id or a greater one may be sealed already: those with the least greatest id that is not less,
/// at most kMostNear.
constexpr std::size_t kMostNear = 16;
net::awaitable<std::vector<Batch>> ending_from(db::Executor& executor, std::string id);
/// Where this entry may be.
net::awaitable<std::vector<Batch>> around(db::Executor& executor, std::string id);
/// The batch that holds this entry, or the next one where that was pruned.
net::awaitable<std::optional<Batch>> holding(db::Executor& executor, std::int64_t entry);
net::awaitable<std::optional<Batch>> of_size(db::Executor& executor, std::uint64_t tree_size);

/// Entries by id, from behind `after` or from the first; read_entry() from column 0.
net::awaitable<db::Rows> entries(db::Executor& executor, std::optional<std::string> after);
/// The same between two ids, both included; at most a page.
net::awaitable<db::Rows> entries_between(db::Executor& executor, std::string from, std::string to);
net::awaitable<db::Rows> entry(db::Executor& executor, std::string id);

/// The receiver of events that has confirmed least, in the settings or not, and the first entry that it has not.
struct Undelivered {
  std::string sink;
  std::uint64_t next_entry = 0;
};
/// None: nobody waits.
net::awaitable<std::optional<Undelivered>> first_undelivered(db::Executor& executor);

/// How many entries and heads this key signed; reads all of them. `id`: its four bytes in front of a MAC.
net::awaitable<std::int64_t> count_signed(db::Executor& executor, db::Bytes id, std::string key_id);

net::awaitable<void> remove_entry(db::Executor& executor, std::string id);
/// Every entry that has no line in the queue; how many there were.
net::awaitable<std::size_t> remove_all_but_waiting(db::Executor& executor);
net::awaitable<void> remove_heads(db::Executor& executor);
/// Receivers of events that are farther go on from there.
net::awaitable<void> bound_deliveries(db::Executor& executor, std::uint64_t tree_size);
/// Makes this batch the anchor: the older heads go, and its leaves.
net::awaitable<void> make_anchor(db::Executor& executor, std::uint64_t tree_size);

}  // namespace log_store
}  // namespace secureauth::audit
