#include "audit/merkle_tree.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

namespace secureauth::audit {
namespace {

constexpr std::size_t kHashBytes = std::tuple_size_v<TreeHash>;

// RFC 9162 §2.1.1: an inner node begins with 0x01, so that none can be taken for a leaf.
TreeHash node(const TreeHash& left, const TreeHash& right) {
  std::array<std::byte, 1 + 2 * kHashBytes> bytes{};
  bytes[0] = std::byte{1};
  std::ranges::copy(right, std::ranges::copy(left, bytes.begin() + 1).out);
  return crypto::sha256(bytes);
}

// The largest power of two below `size`, which is 2 or more: where RFC 9162 parts a tree.
std::uint64_t split_of(std::uint64_t size) {
  return std::bit_floor(size - 1);
}

}  // namespace

std::optional<MerkleTree> MerkleTree::of(std::uint64_t size, std::span<const std::byte> peaks) {
  const auto count = static_cast<std::size_t>(std::popcount(size));
  if (peaks.size() != count * kHashBytes) return std::nullopt;
  MerkleTree tree;
  tree.size_ = size;
  tree.peaks_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::ranges::copy(peaks.subspan(i * kHashBytes, kHashBytes), tree.peaks_[i].begin());
  }
  return tree;
}

void MerkleTree::append(const TreeHash& leaf) {
  auto added = leaf;
  // As many subtrees become one as the size has ones at its end.
  for (int left = std::countr_one(size_); left > 0; --left) {
    added = node(peaks_.back(), added);
    peaks_.pop_back();
  }
  peaks_.push_back(added);
  ++size_;
}

TreeHash MerkleTree::root() const {
  if (peaks_.empty()) return crypto::sha256({});
  auto root = peaks_.back();
  for (auto peak = peaks_.rbegin() + 1; peak != peaks_.rend(); ++peak) root = node(*peak, root);
  return root;
}

std::vector<std::byte> MerkleTree::peaks() const {
  std::vector<std::byte> bytes;
  bytes.reserve(peaks_.size() * kHashBytes);
  for (const auto& peak : peaks_) bytes.insert(bytes.end(), peak.begin(), peak.end());
  return bytes;
}

// Leaves `from` to `to` of the grown tree: RFC 9162's D[from:to].
class MerkleTree::Span {
 public:
  Span(const MerkleTree& tree, std::span<const TreeHash> added) : tree_(tree), added_(added) {}

  [[nodiscard]] TreeHash root(std::uint64_t from, std::uint64_t to) const {
    // What lies within the old tree, and is asked for, is one of its perfect subtrees: its neighbour has new leaves.
    if (to <= tree_.size_) return peak(from);
    if (to - from == 1) return added_[from - tree_.size_];
    const auto middle = from + split_of(to - from);
    return node(root(from, middle), root(middle, to));
  }

 private:
  [[nodiscard]] const TreeHash& peak(std::uint64_t from) const {
    std::uint64_t begin = 0;
    for (const auto& peak : tree_.peaks_) {
      if (begin == from) return peak;
      begin += std::bit_floor(tree_.size_ - begin);
    }
    throw std::logic_error("not the root of a perfect subtree");
  }

  const MerkleTree& tree_;
  std::span<const TreeHash> added_;
};

std::vector<TreeHash> MerkleTree::inclusion_path(std::span<const TreeHash> added, std::uint64_t index) const {
  if (index < size_ || index - size_ >= added.size()) throw std::invalid_argument("not one of the added leaves");
  const Span span(*this, added);
  std::vector<TreeHash> path;
  std::uint64_t from = 0;
  std::uint64_t to = size_ + added.size();
  while (to - from > 1) {  // from the root down; the path goes up
    const auto middle = from + split_of(to - from);
    if (index < middle) {
      path.push_back(span.root(middle, to));
      to = middle;
    } else {
      path.push_back(span.root(from, middle));
      from = middle;
    }
  }
  std::ranges::reverse(path);
  return path;
}

// Its steps in the standard's order and names: fn, sn, r.
bool proves_inclusion(const TreeHash& leaf, std::uint64_t index, std::uint64_t size, std::span<const TreeHash> path,
                      const TreeHash& root) {
  if (index >= size) return false;
  auto fn = index;
  auto sn = size - 1;
  auto r = leaf;
  for (const auto& p : path) {
    if (sn == 0) return false;
    if ((fn & 1U) != 0 || fn == sn) {
      r = node(p, r);
      while ((fn & 1U) == 0 && fn != 0) {
        fn >>= 1U;
        sn >>= 1U;
      }
    } else {
      r = node(r, p);
    }
    fn >>= 1U;
    sn >>= 1U;
  }
  return sn == 0 && crypto::equal(r, root);
}

}  // namespace secureauth::audit
