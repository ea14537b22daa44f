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

TEST(ClientAddressTest, AnIPv6AddressCountsAsItsNetwork) {  // attack 7
  EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:2::"));
  EXPECT_NE(network_of("2001:db8:1:2::"), network_of("2001:db8:1:3::"));
  EXPECT_EQ(network_of("fe80::1%eth0"), network_of("fe80::2"));
  EXPECT_EQ(network_of("192.0.2.7", 24, 48), network_of("192.0.2.8", 24, 48));
  EXPECT_NE(network_of("192.0.2.7", 24, 48), network_of("192.0.3.7", 24, 48));
  EXPECT_EQ(network_of("2001:db8:1:2::", 24, 48), network_of("2001:db8:1:3::", 24, 48));
  EXPECT_EQ(network_of("not an address"), "not an address");
}

TEST(ClientAddressTest, ABlockThatIsNoneIsRefused) {
  EXPECT_THROW(ClientAddressRule({"10.0.0.0/33"}), std::invalid_argument);
  EXPECT_THROW(ClientAddressRule({"proxy.example"}), std::invalid_argument);
}

}  // namespace
}  // namespace secureauth::protection
