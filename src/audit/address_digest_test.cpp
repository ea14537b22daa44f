#include "audit/address_digest.hpp"

#include <gtest/gtest.h>

namespace secureauth::audit {
namespace {

TEST(AddressDigestTest, TellsAddressesApartAndNamesNobody) {  // ASVS 16.2.5, 14.2.7
  const AddressDigest digest(crypto::SecretBytes("one key of thirty-two bytes, here"));
  EXPECT_EQ(digest.of("ann@example.org"), digest.of("ann@example.org")) << "so that attempts are seen together";
  EXPECT_NE(digest.of("ann@example.org"), digest.of("eve@example.org"));
  EXPECT_EQ(digest.of("ann@example.org").size(), 22);
}

TEST(AddressDigestTest, IsNothingWithoutItsKey) {
  const AddressDigest one(crypto::SecretBytes("one key of thirty-two bytes, here"));
  const AddressDigest other(crypto::SecretBytes("another of thirty-two bytes, here"));
  EXPECT_NE(one.of("ann@example.org"), other.of("ann@example.org"));
}

}  // namespace
}  // namespace secureauth::audit
