#pragma once

#include "audit/finding.hpp"
#include "audit/log_store.hpp"
#include "audit/merkle_tree.hpp"
#include "audit/signed_head.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace secureauth::audit {

/// For all instances to take up a new key. A former one may have leaked: what it vouches for later counts for nothing.
constexpr auto kChangeOfKeys = std::chrono::hours(1);

/// Follows the batches of a log in order and recomputes the tree from their leaves: that none is missing, that each
/// head is that of the tree and signed by a known key, and that the tree is the one that published heads speak of.
class ChainCheck {
 public:
  /// `published` need not be in order. Both must outlive this.
  ChainCheck(const HeadVerifier& verifier, std::vector<SignedHead> published);

  /// What the next batch is wrong in; nothing: it follows, and is part of the log. The first may be an anchor, which
  /// has no leaves: the log begins behind it. Behind a batch that is wrong it goes on from that one's head, if a key of
  /// the log signed it. `verdict`: what check() of its head says, where that is known already.
  [[nodiscard]] std::optional<Finding> add(const Batch& batch, std::optional<HeadVerifier::Verdict> verdict = {});
  /// After the last batch: published heads that speak of another log, that the log does not reach, or that it begins
  /// behind.
  [[nodiscard]] std::vector<Finding> finish() const;

  [[nodiscard]] const MerkleTree& tree() const { return tree_; }
  /// Entries that were pruned; 0: none.
  [[nodiscard]] std::uint64_t begins_behind() const { return begins_behind_; }
  [[nodiscard]] const std::optional<SignedHead>& newest() const { return newest_; }
  /// Published heads that speak of other entries.
  [[nodiscard]] const std::vector<Finding>& replaced() const { return replaced_; }
  /// From when on only the current key signs and vouches; none: it has not signed yet, or the keys have no ids.
  [[nodiscard]] std::optional<Timestamp> only_current_key_from() const;

 private:
  [[nodiscard]] std::optional<Finding> add_anchor(const Batch& batch);
  [[nodiscard]] std::optional<Finding> add_leaves(const Batch& batch);
  [[nodiscard]] std::optional<Finding> check_form(const Batch& batch) const;
  [[nodiscard]] std::optional<Finding> append_leaves(const Batch& batch);
  [[nodiscard]] std::optional<Finding> check_head(const Batch& batch, HeadVerifier::Verdict verdict) const;
  [[nodiscard]] std::optional<Finding> check_key(const Batch& batch);
  void go_on_behind(const Batch& batch);
  /// Whether published heads speak of the tree as it is now.
  void compare_published();

  const HeadVerifier& verifier_;
  std::vector<SignedHead> published_;  // the smallest first
  std::vector<Finding> replaced_;
  MerkleTree tree_;
  std::optional<SignedHead> newest_;
  std::optional<Timestamp> current_key_since_;
  Timestamp latest_;
  std::uint64_t begins_behind_ = 0;
  bool begun_ = false;
};

}  // namespace secureauth::audit
