#include "audit/merkle_tree.hpp"

#include "crypto/encoding.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <utility>
#include <vector>

namespace secureauth::audit {
namespace {

using crypto::as_bytes;
using crypto::hex_encode;

TreeHash leaf(std::uint64_t number) {
  return crypto::sha256(as_bytes(std::string(1, '\0') + "entry " + std::to_string(number)));
}

std::vector<TreeHash> leaves(std::uint64_t from, std::uint64_t to) {
  std::vector<TreeHash> result;
  for (auto number = from; number < to; ++number) result.push_back(leaf(number));
  return result;
}

MerkleTree tree_of(std::uint64_t size) {
  MerkleTree tree;
  for (std::uint64_t number = 0; number < size; ++number) tree.append(leaf(number));
  return tree;
}

/// RFC 9162 §2.1.1, word by word: the other side of every comparison here.
TreeHash mth(std::span<const TreeHash> d) {
  if (d.empty()) return crypto::sha256({});
  if (d.size() == 1) return d.front();
  const auto k = std::bit_floor(d.size() - 1);
  const auto left = mth(d.first(k));
  const auto right = mth(d.subspan(k));
  std::string bytes("\1");
  bytes += crypto::as_text(left);
  bytes += crypto::as_text(right);
  return crypto::sha256(as_bytes(bytes));
}

// RFC 9162 §2.1.1; by the code of tests/functional/harness/sealed_log.py.
TEST(MerkleTreeTest, HasTheRootsThatAnotherImplementationFinds) {
  const std::vector<std::pair<std::uint64_t, std::string_view>> roots = {
      {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {1, "773885a613489e24ce2cf76199d6a423f042e4bbf12d7eecee912ef276c65701"},
      {2, "5a47662fd8a317d96049a3f9f47c55dc67ca66051baa3683dbb19b2fe09a07b0"},
      {3, "94fbd0dd836f50301692e6d0eade728ee19ec52bfff1606ed807c8575d5aaa19"},
      {7, "98c97f0ba3175cd08b031dd084b9dc4e649b64d1a28e6ea694646503173ab587"},
      {8, "b69732ce5c914162ca9accfaf4e95d3f9874d68805437088aaff184a4db96773"},
      {9, "240d9bb6a55f0cb375b5d008251e7145458b7b1adc8463ab8fef76fd14f75f6b"},
      {100, "106a6d1594d73248c9634639896cf8a76d2c3418f8fb8b4e24386025a27f2472"}};
  for (const auto& [size, root] : roots) EXPECT_EQ(hex_encode(tree_of(size).root()), root) << size;
}

TEST(MerkleTreeTest, GrowsToTheSameRootFromEverySizeThatWasKept) {
  for (std::uint64_t kept = 0; kept <= 40; ++kept) {
    auto tree = MerkleTree::of(kept, tree_of(kept).peaks()).value();
    for (auto number = kept; number < 70; ++number) {
      tree.append(leaf(number));
      ASSERT_EQ(tree.root(), mth(leaves(0, number + 1))) << kept << " " << number;
    }
  }
}

TEST(MerkleTreeTest, RefusesPeaksOfAnotherSize) {
  const auto peaks = tree_of(7).peaks();
  EXPECT_TRUE(MerkleTree::of(7, peaks));
  EXPECT_FALSE(MerkleTree::of(8, peaks));
  EXPECT_FALSE(MerkleTree::of(7, std::span(peaks).first(peaks.size() - 1)));
  EXPECT_FALSE(MerkleTree::of(0, peaks));
}

TEST(InclusionTest, EveryAddedLeafHasAPathThatHoldsForItAlone) {  // RFC 9162 §2.1.3
  for (std::uint64_t old = 0; old <= 20; ++old) {
    for (std::uint64_t size = old + 1; size <= 36; ++size) {
      const auto tree = tree_of(old);
      const auto added = leaves(old, size);
      const auto root = mth(leaves(0, size));
      for (auto index = old; index < size; ++index) {
        const auto path = tree.inclusion_path(added, index);
        ASSERT_TRUE(proves_inclusion(leaf(index), index, size, path, root)) << old << " " << size << " " << index;
        EXPECT_FALSE(proves_inclusion(leaf(index + 1), index, size, path, root));
        EXPECT_FALSE(proves_inclusion(leaf(index), index, size, path, leaf(index)) && size > 1);
        EXPECT_FALSE(size > 1 && proves_inclusion(leaf(index), (index + 1) % size, size, path, root));
      }
    }
  }
}

TEST(InclusionTest, RefusesPathsThatAreTooShortTooLongOrAltered) {
  const auto tree = tree_of(5);
  const auto root = mth(leaves(0, 9));
  const auto path = tree.inclusion_path(leaves(5, 9), 6);
  ASSERT_TRUE(proves_inclusion(leaf(6), 6, 9, path, root));
  auto longer = path;
  longer.push_back(leaf(0));
  EXPECT_FALSE(proves_inclusion(leaf(6), 6, 9, longer, root));
  EXPECT_FALSE(proves_inclusion(leaf(6), 6, 9, std::span(path).first(path.size() - 1), root));
  auto altered = path;
  altered[0][0] ^= std::byte{1};
  EXPECT_FALSE(proves_inclusion(leaf(6), 6, 9, altered, root));
  EXPECT_FALSE(proves_inclusion(leaf(6), 9, 9, path, root));
  EXPECT_THROW((void)tree.inclusion_path(leaves(5, 9), 4), std::invalid_argument);
  EXPECT_THROW((void)tree.inclusion_path(leaves(5, 9), 9), std::invalid_argument);
}

TEST(InclusionTest, AnInnerNodeIsNoLeaf) {  // RFC 9162 §2.1.1: the prefixes part them
  const auto tree = tree_of(2);
  EXPECT_FALSE(proves_inclusion(tree.root(), 0, 1, {}, crypto::sha256(tree.root())));
  EXPECT_NE(tree.root(), leaf(0));
}

}  // namespace
}  // namespace secureauth::audit
