#include "audit/sealer.hpp"

#include "audit/batch_maker.hpp"
#include "db/unexpected_type.hpp"
#include "telemetry/log.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <stdexcept>
#include <utility>

namespace secureauth::audit {
namespace {

constexpr std::size_t kMostIdsTold = 10;   // of forged lines, in the event that records them
constexpr std::size_t kMostKeysTold = 10;  // in the log: whoever writes lines may make up as many
constexpr auto kLookAgainAfter = std::chrono::seconds(10);

class HeadBroken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The tree that the newest head is of, if that head is what a sealer made.
MerkleTree tree_of(const std::optional<Batch>& newest, const HeadVerifier& verifier) {
  if (!newest) return {};
  const auto& head = newest->head;
  const auto tree = MerkleTree::of(head.head.tree_size, newest->peaks);
  if (!tree || tree->root() != head.head.root) {
    throw HeadBroken("the audit log's newest head is not that of its tree: nothing is sealed, see audit verify");
  }
  switch (verifier.check(head)) {
    case HeadVerifier::Verdict::right:
      return *tree;
    case HeadVerifier::Verdict::foreign_key:
      throw std::runtime_error("the audit log's newest head is signed by key " + head.key_id +
                               ", which is in neither AUDIT_KEY nor AUDIT_KEYS_OLD: nothing is sealed");
    case HeadVerifier::Verdict::wrong:
      break;
  }
  throw HeadBroken("the audit log's newest head has a wrong signature: nothing is sealed, see audit verify");
}

boost::json::object told(Forged forged, const std::vector<std::string>& ids) {
  boost::json::array some;
  for (std::size_t i = 0; i < std::min(ids.size(), kMostIdsTold); ++i) some.emplace_back(ids[i]);
  return {{"what", name_of(forged)}, {"count", ids.size()}, {"entries", std::move(some)}};
}

Entry tampering(boost::json::object details) {
  return {.event = Event::tampering_noticed, .outcome = Outcome::failure, .details = std::move(details)};
}

net::awaitable<std::optional<Batch>> newest_head(db::Transaction& tx) {
  try {
    auto newest = co_await log_store::newest(tx);
    co_return newest;
  } catch (const db::UnexpectedType&) {
    throw HeadBroken("the audit log's newest head has a column of another type: nothing is sealed, see audit verify");
  }
}

/// Whether all that was sealed until now is older than MACs are.
net::awaitable<bool> all_without_mac(db::Transaction& tx, std::uint64_t tree_size) {
  if (tree_size == 0) co_return true;
  const auto newest = co_await log_store::of_size(tx, tree_size);
  if (!newest || newest->leaves.size() < kLeafBytes) co_return false;
  const auto last = leaf_at(newest->leaves, newest->leaves.size() / kLeafBytes - 1);
  auto id = id_text(last.id);
  const auto rows = co_await log_store::entry(tx, std::move(id));
  co_return !rows.empty() && rows.front().is_null(11);
}

bool lacks_mac(const log_store::Waiting& line) try {
  return line.has_entry() && line.entry().mac.empty();
} catch (const db::UnexpectedType&) {
  return false;
}

/// Takes out of the batch what is sealed already: whoever can write the database can put a line back. Few batches are
/// looked at; what lies deeper among others, `audit verify` finds.
net::awaitable<void> drop_sealed(db::Transaction& tx, BatchMaker& made) {
  const auto ids = made.ids();
  auto next = ids.begin();
  while (next != ids.end()) {
    auto id = id_text(*next);
    const auto batches = co_await log_store::ending_from(tx, std::move(id));
    made.drop_sealed(batches);
    if (batches.size() < log_store::kMostNear) co_return;
    const auto reached = id_bytes(batches.back().last_id);
    if (!reached) co_return;
    next = std::upper_bound(next, ids.end(), *reached);
  }
}

Batch batch_of(const MerkleTree& tree, const std::vector<Leaf>& leaves) {
  const auto [least, greatest] = std::ranges::minmax(leaves, {}, &Leaf::id);
  Batch batch{.first_entry = tree.size(),
              .head = {},
              .leaves = {},
              .first_id = id_text(least.id),
              .last_id = id_text(greatest.id),
              .peaks = {}};
  auto grown = tree;
  batch.leaves.reserve(leaves.size() * kLeafBytes);
  for (const auto& leaf : leaves) {
    append_leaf(batch.leaves, leaf);
    grown.append(leaf.node);
  }
  batch.peaks = grown.peaks();
  batch.head.head = {.tree_size = grown.size(), .root = grown.root(), .sealed_at = {}};
  return batch;
}

}  // namespace

Sealer::Sealer(const Parts& parts, std::optional<SignedHead> seen)
    : parts_(parts), signer_(parts.keys), verifier_(parts.keys), newest_(std::move(seen)) {}

net::awaitable<Result<Sealer::Round>> Sealer::seal_batch(db::Transaction& tx, std::int64_t after) const {
  tx.serialize_on("audit.seal");
  const auto newest = co_await newest_head(tx);
  const auto tree = tree_of(newest, verifier_);
  const auto lines = co_await log_store::waiting(tx, after);
  if (lines.empty()) {
    Round nothing;
    nothing.last_position = after;
    co_return nothing;
  }

  bool without_mac = false;
  const bool was_emptied = tree.size() == 0 && (newest_ || went_back_);
  if (!was_emptied && std::ranges::any_of(lines, &lacks_mac)) without_mac = co_await all_without_mac(tx, tree.size());
  BatchMaker made(parts_.keys, without_mac);
  for (const auto& line : lines) made.look_at(line);
  co_await drop_sealed(tx, made);

  Round round{.sealed = 0,
              .more = lines.size() == log_store::kMostWaiting,
              .took_any = !made.done().empty(),
              .last_position = lines.back().position(),
              .left = made.left(),
              .head = std::nullopt};
  const auto leaves = made.take_leaves();
  if (!leaves.empty()) {
    auto batch = batch_of(tree, leaves);
    batch.head.head.sealed_at = parts_.clock.now();
    batch.head = signer_.sign(batch.head.head);
    round.sealed = leaves.size();
    round.head = batch.head;
    co_await log_store::add(tx, std::move(batch));
  }
  for (const auto& positions : made.done()) co_await log_store::remove_waiting(tx, positions);
  for (const auto& [forged, ids] : made.forged()) {
    auto entry = tampering(told(forged, ids));
    co_await parts_.audit.record(tx, std::move(entry));
  }
  co_return round;
}

net::awaitable<std::size_t> Sealer::operator()() {
  std::exception_ptr broken;  // nothing can be awaited in a handler
  try {
    const auto sealed = co_await look_and_seal();
    co_return sealed;
  } catch (const HeadBroken&) {
    broken = std::current_exception();
  } catch (const db::UnexpectedType&) {
    broken = std::current_exception();
  }
  if (!std::exchange(told_broken_, true)) {
    auto entry = tampering({{"what", "head_altered"}, {"entries", entries_}});
    co_await parts_.audit.record_alone(parts_.database, std::move(entry));
  }
  std::rethrow_exception(broken);
}

net::awaitable<std::size_t> Sealer::look_and_seal() {
  const auto now = co_await log_store::glance(parts_.database, newest_ ? newest_->head.tree_size : 0);
  entries_ = now.tree_size;
  co_await look_for_a_rollback(now);
  const std::uint64_t known = newest_ ? newest_->head.tree_size : 0;
  if (!now.newest_waiting || only_left_lines_wait(now)) {
    if (now.tree_size != known) co_await remember_newest();  // others sealed meanwhile
    co_return 0;
  }
  const auto sealed = co_await seal_all();
  if (sealed == 0 && now.tree_size != known) co_await remember_newest();
  co_return sealed;
}

bool Sealer::only_left_lines_wait(const log_store::Glance& now) const {
  return left_to_ && now.newest_waiting == left_to_ && parts_.clock.now() < look_again_at_;
}

net::awaitable<std::size_t> Sealer::seal_all() {
  std::size_t sealed = 0;
  bool took_any = false;
  std::map<std::string, std::size_t> left;
  auto after = std::numeric_limits<std::int64_t>::min();
  for (bool more = true; more;) {
    auto body = [this, after](db::Transaction& tx) { return seal_batch(tx, after); };
    const auto round = co_await parts_.database.transaction(body);
    sealed += round->sealed;
    took_any = took_any || round->took_any;
    after = round->last_position;
    more = round->more;
    for (const auto& [key, count] : round->left) left[key] += count;
    if (round->head) newest_ = round->head;
  }
  left_to_.reset();
  if (!took_any) left_to_ = after;
  look_again_at_ = parts_.clock.now() + kLookAgainAfter;
  note_left(left);
  co_return sealed;
}

void Sealer::note_left(const std::map<std::string, std::size_t>& left) {
  for (const auto& [key, count] : left) {
    if (told_keys_.size() == kMostKeysTold || !told_keys_.insert(key).second) continue;
    telemetry::log(telemetry::Level::warning,
                   "audit entries wait for a key that is in neither AUDIT_KEY nor AUDIT_KEYS_OLD",
                   {{"key_id", key}, {"entries", count}});
  }
}

net::awaitable<void> Sealer::remember_newest() {
  const auto newest = co_await log_store::newest(parts_.database);
  if (newest && verifier_.check(newest->head) == HeadVerifier::Verdict::right) newest_ = newest->head;
}

net::awaitable<void> Sealer::look_for_a_rollback(log_store::Glance now) {
  if (!newest_) co_return;
  const auto seen = newest_->head;
  const bool pruned = now.oldest_size && *now.oldest_size > seen.tree_size;
  if (pruned || (now.root_at_seen && *now.root_at_seen == seen.root)) co_return;
  went_back_ = true;
  newest_.reset();  // from here on it goes by what there is, and tells this once
  telemetry::log(telemetry::Level::error, "the audit log does not go on from the newest head seen: it was rolled back",
                 {{"seen_entries", std::to_string(seen.tree_size)}, {"entries", std::to_string(now.tree_size)}});
  auto entry = tampering({{"what", "log_went_back"}, {"seen_entries", seen.tree_size}, {"entries", now.tree_size}});
  co_await parts_.audit.record_alone(parts_.database, std::move(entry));
}

}  // namespace secureauth::audit
