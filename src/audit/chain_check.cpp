#include "audit/chain_check.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace secureauth::audit {
namespace {

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

std::string entries_of(const Batch& batch) {
  return "entries " + number(batch.first_entry) + " to " + number(batch.head.head.tree_size - 1);
}

Finding about(const Batch& batch, std::string kind, std::string words) {
  return {.kind = std::move(kind),
          .words = std::move(words),
          .entry = batch.first_entry,
          .id = {},
          .tree_size = batch.head.head.tree_size};
}

}  // namespace

ChainCheck::ChainCheck(const HeadVerifier& verifier, std::vector<SignedHead> published)
    : verifier_(verifier), published_(std::move(published)) {
  std::ranges::sort(published_, {}, [](const SignedHead& head) { return head.head.tree_size; });
}

std::optional<Finding> ChainCheck::add(const Batch& batch, std::optional<HeadVerifier::Verdict> verdict) {
  const bool first = !std::exchange(begun_, true);
  if (!verdict) verdict = verifier_.check(batch.head);
  auto found = first && batch.leaves.empty() ? add_anchor(batch) : add_leaves(batch);
  if (!found) found = check_head(batch, *verdict);
  if (*verdict == HeadVerifier::Verdict::right) {
    auto old = check_key(batch);
    if (found) go_on_behind(batch);
    if (!found) found = std::move(old);
  }
  if (!found) newest_ = batch.head;
  return found;
}

// It is the log's, whatever is wrong with what came before.
void ChainCheck::go_on_behind(const Batch& batch) {
  const auto tree = MerkleTree::of(batch.head.head.tree_size, batch.peaks);
  if (!tree || tree->root() != batch.head.head.root) return;
  tree_ = *tree;
  compare_published();
}

std::optional<Finding> ChainCheck::add_leaves(const Batch& batch) {
  if (auto found = check_form(batch)) return found;
  return append_leaves(batch);
}

std::optional<Finding> ChainCheck::add_anchor(const Batch& batch) {
  const auto tree = MerkleTree::of(batch.head.head.tree_size, batch.peaks);
  if (!tree) return about(batch, "root", "the anchor, the last pruned head, does not hold: its peaks were altered");
  tree_ = *tree;
  begins_behind_ = tree_.size();
  compare_published();
  return std::nullopt;
}

std::optional<Finding> ChainCheck::check_form(const Batch& batch) const {
  const auto next = tree_.size();
  if (batch.first_entry > next) {
    const bool at_start = next == 0;
    const auto gap = "entries " + number(next) + " to " + number(batch.first_entry - 1);
    return Finding{.kind = at_start ? "no_anchor" : "batch_removed",
                   .words = at_start ? gap + " are gone, and no anchor of a pruning stands in their place"
                                     : "the batch of " + gap + " was removed",
                   .entry = next,
                   .id = {},
                   .tree_size = batch.first_entry};
  }
  if (batch.first_entry < next) {
    return about(batch, "order", "the batch of " + entries_of(batch) + " overlaps the one before it");
  }
  const auto count = batch.head.head.tree_size - batch.first_entry;
  if (batch.head.head.tree_size <= next || batch.leaves.size() != count * kLeafBytes) {
    return about(batch, "leaves", "the batch from entry " + number(next) + " has not as many leaves as entries");
  }
  return std::nullopt;
}

std::optional<Finding> ChainCheck::append_leaves(const Batch& batch) {
  Leaf least = leaf_at(batch.leaves, 0);
  Leaf greatest = least;
  const auto count = batch.leaves.size() / kLeafBytes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto leaf = leaf_at(batch.leaves, i);
    least = std::min(least, leaf, [](const Leaf& a, const Leaf& b) { return a.id < b.id; });
    greatest = std::max(greatest, leaf, [](const Leaf& a, const Leaf& b) { return a.id < b.id; });
    tree_.append(leaf.node);
    if (!published_.empty()) compare_published();
  }
  if (id_text(least.id) != batch.first_id || id_text(greatest.id) != batch.last_id) {
    return about(batch, "leaves", "the batch of " + entries_of(batch) + " says falsely which ids it spans");
  }
  return std::nullopt;
}

std::optional<Finding> ChainCheck::check_head(const Batch& batch, HeadVerifier::Verdict verdict) const {
  if (batch.head.head.root != tree_.root() || !std::ranges::equal(batch.peaks, tree_.peaks())) {
    return about(
        batch, "root",
        "the head of " + entries_of(batch) + " is not that of their leaves: root, leaves or their order were altered");
  }
  switch (verdict) {
    case HeadVerifier::Verdict::right:
      return std::nullopt;
    case HeadVerifier::Verdict::foreign_key:
      return about(batch, "foreign_key",
                   "the head of " + entries_of(batch) + " is signed by key " + batch.head.key_id +
                       ", which is not one of this log's");
    case HeadVerifier::Verdict::wrong:
      break;
  }
  return about(batch, "signature", "the head of " + entries_of(batch) + " has a wrong signature");
}

std::optional<Finding> ChainCheck::check_key(const Batch& batch) {
  const auto current = verifier_.current_id();
  latest_ = std::max(latest_, batch.head.head.sealed_at);
  if (current.empty()) return std::nullopt;
  if (batch.head.key_id == current) {
    if (!current_key_since_) current_key_since_ = latest_;
    return std::nullopt;
  }
  const auto from = only_current_key_from();
  if (!from || latest_ <= *from) return std::nullopt;
  return about(batch, "old_key",
               "the head of " + entries_of(batch) + " is signed by key " + batch.head.key_id +
                   " more than an hour after another had replaced it");
}

std::optional<Timestamp> ChainCheck::only_current_key_from() const {
  if (!current_key_since_) return std::nullopt;
  return *current_key_since_ + kChangeOfKeys;
}

void ChainCheck::compare_published() {
  const auto size_of = [](const SignedHead& head) { return head.head.tree_size; };
  const auto same = std::ranges::equal_range(published_, tree_.size(), {}, size_of);
  for (const auto& head : same) {
    if (head.head.root == tree_.root()) continue;
    replaced_.push_back({.kind = "replaced",
                         .words = "the first " + number(tree_.size()) +
                                  " entries are not those that the published head speaks of: the log was replaced or "
                                  "rolled back and sealed anew",
                         .entry = {},
                         .id = {},
                         .tree_size = tree_.size()});
  }
}

std::vector<Finding> ChainCheck::finish() const {
  auto found = replaced_;
  for (const auto& published : published_) {
    const auto size = published.head.tree_size;
    if (size >= begins_behind_) break;
    found.push_back({.kind = "unreached",
                     .words = "the published head speaks of " + number(size) +
                              " entries, the log begins behind entry " + number(begins_behind_ - 1) +
                              ": verify what was pruned with --file, and the head with it",
                     .entry = {},
                     .id = {},
                     .tree_size = size});
  }
  if (published_.empty() || published_.back().head.tree_size <= tree_.size()) return found;
  const auto greatest = published_.back().head.tree_size;
  found.push_back({.kind = "cut",
                   .words = "the end was cut: the published head speaks of " + number(greatest) +
                            " entries, the log has " + number(tree_.size()),
                   .entry = tree_.size(),
                   .id = {},
                   .tree_size = greatest});
  return found;
}

}  // namespace secureauth::audit
