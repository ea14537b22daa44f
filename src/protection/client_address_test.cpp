#include "protection/client_address.hpp"

#include <gtest/gtest.h>

namespace secureauth::protection {
namespace {

std::string client(const std::vector<std::string>& trusted, const char* peer, std::string_view forwarded_for) {
  return ClientAddressRule(trusted)(boost::asio::ip::make_address(peer), forwarded_for);
}

TEST(ClientAddressTest, AnUntrustedPeerSpeaksForItselfOnly) {  // ASVS 4.1.3
  EXPECT_EQ(client({}, "203.0.113.9", "198.51.100.1"), "203.0.113.9");
  EXPECT_EQ(client({"10.0.0.0/8"}, "203.0.113.9", "198.51.100.1"), "203.0.113.9");
}

TEST(ClientAddressTest, TheRightmostUntrustedAddressIsTheClient) {  // ASVS 4.1.3
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", "1.1.1.1, 198.51.100.1, 10.9.9.9"), "198.51.100.1");
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", ""), "10.1.2.3");
  EXPECT_EQ(client({"fd00::/8"}, "fd00::1", "2001:db8::7"), "2001:db8::7");
  EXPECT_EQ(client({"192.0.2.1", "::1"}, "::1", "198.51.100.1, 192.0.2.1"), "198.51.100.1");
}

TEST(ClientAddressTest, MappedAddressesAreTheAddressTheyMap) {
  EXPECT_EQ(client({"10.0.0.0/8"}, "::ffff:10.1.2.3", "::ffff:198.51.100.1"), "198.51.100.1");
}

TEST(ClientAddressTest, AMalformedEntryEndsTheReading) {
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", "198.51.100.1, unknown"), "10.1.2.3");
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", "198.51.100.1:4711"), "10.1.2.3");
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", ",,"), "10.1.2.3");
}

TEST(ClientAddressTest, AnAddressCountsAsItsNetwork) {
  EXPECT_EQ(network_of("203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(network_of("::ffff:203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(network_of("2001:db8:0:7:1:2:3:4"), "2001:db8:0:7::/64");
  EXPECT_EQ(network_of("2001:db8:0:7:ffff::1"), network_of("2001:db8:0:7::2"));
  EXPECT_NE(network_of("2001:db8:0:8::1"), network_of("2001:db8:0:7::1"));
  EXPECT_EQ(network_of("fe80::1%1"), "fe80::/64");
}

TEST(ClientAddressTest, AnAddressCountsAsAsManyBitsAsAskedFor) {
  EXPECT_EQ(network_of("203.0.113.9", 24, 48), "203.0.113.0/24");
  EXPECT_EQ(network_of("2001:db8:5:7::9", 24, 48), "2001:db8:5::/48");
}

TEST(ClientAddressTest, WhatIsNoAddressCountsAsItself) {
  EXPECT_EQ(network_of(""), "");
  EXPECT_EQ(network_of("unknown"), "unknown");
}

TEST(ClientAddressTest, ABlockThatIsNoneIsRefused) {
  EXPECT_THROW(ClientAddressRule({"10.0.0.0/33"}), std::invalid_argument);
  EXPECT_THROW(ClientAddressRule({"proxy.example"}), std::invalid_argument);
}

}  // namespace
}  // namespace secureauth::protection
