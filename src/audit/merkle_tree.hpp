#pragma once

#include "crypto/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace secureauth::audit {

using TreeHash = crypto::Sha256;

/// A growing Merkle tree of RFC 9162 §2.1, of which only the roots of its perfect subtrees are kept: at most 64 hashes,
/// enough to append to it and to tell its root.
class MerkleTree {
 public:
  MerkleTree() = default;

  /// What peaks() told of a tree of `size` leaves. Nothing where they are not as many as such a tree has.
  [[nodiscard]] static std::optional<MerkleTree> of(std::uint64_t size, std::span<const std::byte> peaks);

  /// `leaf` is a leaf's hash, which begins with 0x00 (§2.1.1).
  void append(const TreeHash& leaf);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Of the empty tree: SHA-256 of nothing.
  [[nodiscard]] TreeHash root() const;
  /// One after another, the largest subtree's first.
  [[nodiscard]] std::vector<std::byte> peaks() const;

  /// The path (§2.1.3.1) that proves leaf `index` in the tree that `added` makes of this one; one of the added leaves.
  [[nodiscard]] std::vector<TreeHash> inclusion_path(std::span<const TreeHash> added, std::uint64_t index) const;

 private:
  class Span;
  std::uint64_t size_ = 0;
  std::vector<TreeHash> peaks_;  // the largest subtree's first
};

/// Whether `path` leads from leaf `index` to the root of a tree of `size` leaves (RFC 9162 §2.1.3.2).
[[nodiscard]] bool proves_inclusion(const TreeHash& leaf, std::uint64_t index, std::uint64_t size,
                                    std::span<const TreeHash> path, const TreeHash& root);

}  // namespace secureauth::audit
