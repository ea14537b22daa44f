#include "crypto/secret_bytes.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

namespace secureauth::crypto {
namespace {

// ASVS 11.2.4: compared by crypto::equal only, and copied only by name.
static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::equality_comparable<SecretBytes>);
static_assert(std::is_nothrow_move_constructible_v<SecretBytes> && std::is_nothrow_move_assignable_v<SecretBytes>);

TEST(SecretBytes, KeepsEveryByteOfItsText) {
  using namespace std::string_view_literals;
  EXPECT_EQ(SecretBytes("a\0b\xff"sv).reveal(), "a\0b\xff"sv);
  EXPECT_TRUE(SecretBytes(""sv).empty());
}

TEST(SecretBytes, OfASizeIsZeroFilled) {
  const SecretBytes secret(std::size_t{64});
  for (const auto byte : secret.bytes()) EXPECT_EQ(byte, std::byte{0});
}

TEST(SecretBytes, LeavesNothingBehindWhenMoved) {  // ASVS 11.7.2
  SecretBytes first("hidden");
  SecretBytes second(std::move(first));
  EXPECT_EQ(second.reveal(), "hidden");
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): what is left is the point

  SecretBytes third("overwritten");
  third = std::move(second);
  EXPECT_EQ(third.reveal(), "hidden");
  EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move): as above
}

TEST(SecretBytes, SurvivesAssignmentToItself) {
  SecretBytes secret("hidden");
  auto& same = secret;
  secret = std::move(same);
  EXPECT_EQ(secret.reveal(), "hidden");
}

TEST(SecretBytes, ClonesIntoMemoryOfItsOwn) {
  SecretBytes secret("hidden");
  const auto clone = secret.clone();
  secret.bytes()[0] = std::byte{'H'};
  EXPECT_EQ(clone.reveal(), "hidden");
}

}  // namespace
}  // namespace secureauth::crypto
