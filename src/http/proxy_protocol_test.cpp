#include "http/proxy_protocol.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace secureauth::http {
namespace {

using Verdict = ProxyHeader::Verdict;
using namespace std::string_literals;

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string kRequest = "GET /health HTTP/1.1\r\n\r\n";

std::string two_bytes(std::size_t number) {
  return {static_cast<char>(number / 256), static_cast<char>(number % 256)};
}

std::string binary(char command, char family, const std::string& rest) {
  return kSignature + command + family + two_bytes(rest.size()) + rest;
}

std::string tlv(char type, const std::string& value) {
  return type + two_bytes(value.size()) + value;
}

const std::string kFour = "\xC6\x33\x64\x07\x0A\x00\x00\x01\x11\xD7\x01\xBB"s;  // 198.51.100.7:4567 to 10.0.0.1:443
const std::string kSix =
    "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x07"s + std::string(15, '\0') + "\x01\x11\xD7\x01\xBB"s;

/// The client's address, "proxy" where the proxy speaks for itself, or what is wrong.
std::string client(const std::string& bytes) {
  const auto header = read_proxy_header(bytes);
  if (header.verdict == Verdict::incomplete) return "incomplete";
  if (header.verdict == Verdict::malformed) return "malformed";
  return header.client ? header.client->to_string() : "proxy";
}

/// Every beginning of a sound header waits for the rest; the request behind it is left alone.
void expect_sound(const std::string& header, const std::string& expected) {
  for (std::size_t size = 0; size < header.size(); ++size) {
    EXPECT_EQ(client(header.substr(0, size)), "incomplete") << size << " of " << testing::PrintToString(header);
  }
  EXPECT_EQ(client(header), expected) << testing::PrintToString(header);
  EXPECT_EQ(client(header + kRequest), expected);
  EXPECT_EQ(read_proxy_header(header + kRequest).size, header.size());
}

TEST(ProxyProtocolTest, ALineNamesTheClient) {  // §2.1
  expect_sound("PROXY TCP4 198.51.100.7 10.0.0.1 4567 443\r\n", "198.51.100.7");
  expect_sound("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255");
  expect_sound("PROXY TCP6 2001:db8::7 ::1 0 443\r\n", "2001:db8::7");
}

TEST(ProxyProtocolTest, AnUnknownLineSaysNothing) {  // §2.1
  expect_sound("PROXY UNKNOWN\r\n", "proxy");
  expect_sound("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", "proxy");
}

TEST(ProxyProtocolTest, TheLongestLineIsRead) {  // §2.1: 107 characters
  const auto start = std::string("PROXY UNKNOWN ");
  expect_sound(start + std::string(105 - start.size(), 'x') + "\r\n", "proxy");
  EXPECT_EQ(client(start + std::string(106 - start.size(), 'x') + "\r\n"), "malformed");
  EXPECT_EQ(client(start + std::string(200, 'x')), "malformed") << "and not waited for";
}

TEST(ProxyProtocolTest, AMalformedLineIsRefused) {
  for (const auto* line : {"PROXY TCP4 198.51.100.7 10.0.0.1 4567\r\n",
                           "PROXY TCP4 198.51.100.7 10.0.0.1 4567 443 x\r\n",
                           "PROXY TCP4  198.51.100.7 10.0.0.1 4567 443\r\n",
                           "PROXY TCP4 198.51.100.7 10.0.0.1 4567 443 \r\n",
                           "PROXY TCP4 198.51.100.256 10.0.0.1 4567 443\r\n",
                           "PROXY TCP4 198.51.100.7 proxy 4567 443\r\n",
                           "PROXY TCP4 2001:db8::7 ::1 4567 443\r\n",
                           "PROXY TCP6 198.51.100.7 10.0.0.1 4567 443\r\n",
                           "PROXY TCP6 fe80::1%lo fe80::1 4567 443\r\n",
                           "PROXY TCP4 198.51.100.7 10.0.0.1 65536 443\r\n",
                           "PROXY TCP4 198.51.100.7 10.0.0.1 04567 443\r\n",
                           "PROXY TCP4 198.51.100.7 10.0.0.1 -1 443\r\n",
                           "PROXY TCP4 198.51.100.7 10.0.0.1 4567 \r\n",
                           "PROXY TCP4 198.51.100.7 10.0.0.1 4567 443\n",
                           "PROXY TCP5 198.51.100.7 10.0.0.1 4567 443\r\n",
                           "PROXY tcp4 198.51.100.7 10.0.0.1 4567 443\r\n",
                           "PROXY UDP4 198.51.100.7 10.0.0.1 4567 443\r\n",
                           "PROXY\r\n",
                           "PROXY \r\n",
                           "PROXY \n",
                           "proxy UNKNOWN\r\n",
                           " PROXY UNKNOWN\r\n",
                           "\r\nPROXY UNKNOWN\r\n"}) {
    EXPECT_EQ(client(line), "malformed") << testing::PrintToString(line);
  }
}

TEST(ProxyProtocolTest, ARequestWithoutAHeaderIsRefusedByItsFirstByte) {
  EXPECT_EQ(client("G"), "malformed");
  EXPECT_EQ(client("POST /auth/login"), "malformed");
  EXPECT_EQ(client("PRI * HTTP/2.0\r\n"), "malformed");
  EXPECT_EQ(client("\x16\x03\x01"), "malformed") << "TLS";
  EXPECT_EQ(client("\r\n\r\n\r\n"), "malformed");
  EXPECT_EQ(client(std::string(64, '\0')), "malformed");
}

TEST(ProxyProtocolTest, ABinaryHeaderNamesTheClient) {  // §2.2
  expect_sound(binary('\x21', '\x11', kFour), "198.51.100.7");
  expect_sound(binary('\x21', '\x21', kSix), "2001:db8::7");
}

TEST(ProxyProtocolTest, AProxyMaySpeakForItself) {  // §2.2: LOCAL, UNSPEC, and UNIX sockets, which have no address
  expect_sound(binary('\x20', '\x00', ""), "proxy");
  expect_sound(binary('\x20', '\x11', kFour), "proxy");
  expect_sound(binary('\x20', '\x00', "what follows is not looked at"), "proxy");
  expect_sound(binary('\x21', '\x00', "nor here"), "proxy");
  expect_sound(binary('\x21', '\x31', std::string(216, '/')), "proxy");
}

TEST(ProxyProtocolTest, ExtensionsAreSkipped) {  // §2.2
  const auto extensions = tlv('\x02', "auth.example.org") + tlv('\x04', "") + tlv('\xEA', std::string(700, '\xFF'));
  expect_sound(binary('\x21', '\x11', kFour + extensions), "198.51.100.7");
  expect_sound(binary('\x21', '\x21', kSix + extensions), "2001:db8::7");
}

TEST(ProxyProtocolTest, ExtensionsMustFillTheHeader) {
  for (const auto& rest :
       {"\x02"s, "\x02\x00"s, "\x02\x00\x05"s + "four", tlv('\x02', "x") + "\x02", "\x02\xFF\xFF"s}) {
    EXPECT_EQ(client(binary('\x21', '\x11', kFour + rest)), "malformed") << testing::PrintToString(rest);
  }
}

TEST(ProxyProtocolTest, AChecksumIsChecked) {  // §2.2.4; its value computed by an independent CRC-32C
  const auto with = [](const std::string& sum) { return binary('\x21', '\x11', kFour + tlv('\x03', sum)); };
  expect_sound(with("\xD9\xF3\x16\x42"s), "198.51.100.7");
  EXPECT_EQ(client(with("\xD9\xF3\x16\x43"s)), "malformed");
  EXPECT_EQ(client(with("\xD9\xF3\x16"s)), "malformed");
}

TEST(ProxyProtocolTest, AMalformedBinaryHeaderIsRefused) {
  EXPECT_EQ(client(kSignature + '\x11'), "malformed") << "version 1";
  EXPECT_EQ(client(kSignature + '\x31'), "malformed") << "version 3";
  EXPECT_EQ(client(kSignature + '\x22'), "malformed") << "an unknown command";
  EXPECT_EQ(client(binary('\x21', '\x12', kFour)), "malformed") << "datagrams";
  EXPECT_EQ(client(binary('\x21', '\x01', kFour)), "malformed") << "half unspecified";
  EXPECT_EQ(client(binary('\x21', '\x41', kFour)), "malformed") << "an unknown family";
  EXPECT_EQ(client(binary('\x21', '\x11', kFour.substr(0, 11))), "malformed") << "too short for its family";
  EXPECT_EQ(client(binary('\x21', '\x21', kFour)), "malformed");
  EXPECT_EQ(client(binary('\x21', '\x31', kSix)), "malformed");
  auto other = kSignature;
  other[10] = 'X';
  EXPECT_EQ(client(other), "malformed");
}

TEST(ProxyProtocolTest, AHeaderBeyondTheLimitIsRefusedBeforeItArrives) {
  const auto head = [](std::size_t length) { return kSignature + "\x20\x00"s + two_bytes(length); };
  EXPECT_EQ(client(head(kMostProxyHeader - 16)), "incomplete");
  EXPECT_EQ(client(head(kMostProxyHeader - 15)), "malformed");
  EXPECT_EQ(client(head(65535)), "malformed");
}

}  // namespace
}  // namespace secureauth::http
