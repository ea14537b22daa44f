#include "protection/client_address.hpp"

#include <gtest/gtest.h>

namespace secureauth::protection {
namespace {

/// With 10.0.0.0/8 and fd00::/8 trusted, asked from 10.0.0.1.
std::string client(std::string_view forwarded) {
  const ClientAddressRule rule({"10.0.0.0/8", "fd00::/8"}, ForwardedHeader::forwarded);
  return rule(boost::asio::ip::make_address("10.0.0.1"), forwarded);
}

const std::string kProxy = "10.0.0.1";  // what counts where nothing is believed

TEST(ForwardedTest, AnElementNamesTheClient) {  // RFC 7239 §4
  EXPECT_EQ(client("for=198.51.100.7"), "198.51.100.7");
  EXPECT_EQ(client("For=\"198.51.100.7\""), "198.51.100.7");
  EXPECT_EQ(client("for=198.51.100.7;proto=https;by=203.0.113.43"), "198.51.100.7");
  EXPECT_EQ(client("proto=https; FOR=198.51.100.7 ;host=\"a,b;for=1.2.3.4\""), "198.51.100.7");
}

TEST(ForwardedTest, PortsAndIPv6AreRead) {  // RFC 7239 §6
  EXPECT_EQ(client("for=\"198.51.100.7:4711\""), "198.51.100.7");
  EXPECT_EQ(client("for=\"[2001:db8:cafe::17]\""), "2001:db8:cafe::17");
  EXPECT_EQ(client("for=\"[2001:db8:cafe::17]:4711\""), "2001:db8:cafe::17");
  EXPECT_EQ(client("for=\"[::ffff:198.51.100.7]\""), "198.51.100.7");
}

TEST(ForwardedTest, ItIsReadFromTheRightThroughTrustedProxies) {  // ASVS 4.1.3, attack 7
  EXPECT_EQ(client("for=1.2.3.4, for=198.51.100.7"), "198.51.100.7");
  EXPECT_EQ(client("for=1.2.3.4, for=198.51.100.7, for=10.9.9.9;by=10.0.0.1,for=\"[fd00::1]:80\""), "198.51.100.7");
  EXPECT_EQ(client("for=10.9.9.9"), "10.9.9.9");
  EXPECT_EQ(client(""), kProxy);
}

TEST(ForwardedTest, AnUntrustedPeerSpeaksForItselfOnly) {  // ASVS 4.1.3, attack 7
  const ClientAddressRule rule({"10.0.0.0/8"}, ForwardedHeader::forwarded);
  EXPECT_EQ(rule(boost::asio::ip::make_address("203.0.113.9"), "for=198.51.100.7"), "203.0.113.9");
}

TEST(ForwardedTest, AHiddenNameEndsTheReading) {  // RFC 7239 §6.2, §6.3
  for (const auto* node : {"unknown", "_hidden", "\"_SEVKISEK\"", "\"unknown:80\"", "\"_hidden:_port\""}) {
    EXPECT_EQ(client("for=1.2.3.4, for=" + std::string(node)), kProxy) << node;
    EXPECT_EQ(client("for=1.2.3.4, for=" + std::string(node) + ", for=10.9.9.9"), "10.9.9.9") << node;
  }
}

TEST(ForwardedTest, AMalformedElementEndsTheReading) {
  for (const auto* element : {"198.51.100.7",
                              "for",
                              "for=",
                              "for=\"\"",
                              "for=198.51.100.7;for=198.51.100.7",
                              "by=198.51.100.7",
                              "for=198.51.100.7:4711",
                              "for=[2001:db8::1]",
                              "for=2001:db8::1",
                              "for=\"2001:db8::1\"",
                              "for=\"198.51.100.7",
                              "for=198.51.100.7\"",
                              "for=\"198.51.100.7:x\"",
                              "for=\"198.51.100.7:\"",
                              "for=\"[2001:db8::1]x\"",
                              "for=\"[2001:db8::1\"",
                              "for=\"[198.51.100.7]\"",
                              "for=\"198.51.100.7:123456\"",
                              "for=\"198\\.51.100.7\"",
                              "for =198.51.100.7",
                              "for= 198.51.100.7",
                              "for=198.51.100.256",
                              "for=198.51.100.7 x",
                              ";",
                              "forwarded=1.2.3.4"}) {
    EXPECT_EQ(client("for=1.2.3.4, " + std::string(element)), kProxy) << element;
  }
}

TEST(ForwardedTest, WhatAClientWroteFurtherLeftChangesNothing) {  // attack 7: the proxy appended the last element
  for (const auto* before : {"for=\"", "for=\"1.2.3.4, for=\"", "for=\"\\", "\"\"\"", ",,,", "for=\"1.2.3.4;x=", "="}) {
    EXPECT_EQ(client(std::string(before) + ", for=198.51.100.7"), "198.51.100.7") << before;
    EXPECT_EQ(client(std::string(before) + ",for=\"[2001:db8::7]:1\";proto=https"), "2001:db8::7") << before;
  }
}

}  // namespace
}  // namespace secureauth::protection
