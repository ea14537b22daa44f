#include "http/address_quota.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace secureauth::http {
namespace {

net::ip::address at(const std::string& text) {
  return net::ip::make_address(text);
}

TEST(AddressQuotaTest, AClientHasSoManyPlacesAndNoMore) {  // ASVS 15.2.2
  AddressQuota quota(2);
  auto first = quota.take(at("192.0.2.1"));
  const auto second = quota.take(at("192.0.2.1"));
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(quota.take(at("192.0.2.1")));
  EXPECT_TRUE(quota.take(at("192.0.2.2"))) << "others are not meant";
  first.reset();
  EXPECT_TRUE(quota.take(at("192.0.2.1")));
}

TEST(AddressQuotaTest, IPv6CountsByItsNetworkOf64Bits) {  // attack 7
  AddressQuota quota(1);
  const auto taken = quota.take(at("2001:db8:0:1::1"));
  EXPECT_FALSE(quota.take(at("2001:db8:0:1:ffff:ffff:ffff:ffff")));
  EXPECT_TRUE(quota.take(at("2001:db8:0:2::1")));
}

TEST(AddressQuotaTest, AMappedAddressIsTheAddressItMaps) {
  AddressQuota quota(1);
  const auto taken = quota.take(at("::ffff:192.0.2.1"));
  EXPECT_FALSE(quota.take(at("192.0.2.1")));
  EXPECT_TRUE(quota.take(at("::c000:201"))) << "which is an IPv6 address of another kind";
}

TEST(AddressQuotaTest, OnlyClientsThatAreConnectedAreRemembered) {
  AddressQuota quota(1);
  for (int i = 0; i < 1000; ++i) {
    const auto taken = quota.take(net::ip::address_v4(static_cast<unsigned>(i)));
    EXPECT_FALSE(quota.take(net::ip::address_v4(static_cast<unsigned>(i)))) << "a refusal leaves nothing behind either";
  }
  EXPECT_EQ(quota.clients(), 0);
}

TEST(AddressQuotaTest, AMovedPlaceIsGivenBackOnce) {
  AddressQuota quota(1);
  {
    auto taken = quota.take(at("192.0.2.1"));
    const std::vector<AddressQuota::Place> moved = [&taken] {
      std::vector<AddressQuota::Place> places;
      places.push_back(*std::move(taken));
      return places;
    }();
    EXPECT_EQ(quota.clients(), 1);
  }
  EXPECT_EQ(quota.clients(), 0);
}

TEST(AddressQuotaTest, NoneIsNoLimit) {
  AddressQuota quota(0);
  std::vector<AddressQuota::Place> places;
  for (int i = 0; i < 1000; ++i) places.push_back(quota.take(at("192.0.2.1")).value());
  EXPECT_EQ(quota.clients(), 1);
}

}  // namespace
}  // namespace secureauth::http
