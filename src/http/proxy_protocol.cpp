#include "http/proxy_protocol.hpp"

#include "core/ascii.hpp"

#include <boost/crc.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace secureauth::http {
namespace {

namespace ip = net::ip;
using Verdict = ProxyHeader::Verdict;

constexpr std::string_view kLineStart = "PROXY ";
constexpr std::size_t kMostLine = 107;  // §2.1: the longest one, CRLF included
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedPart = 16;  // signature, version and command, family, length

constexpr std::uint8_t kChecksum = 0x03;  // PP2_TYPE_CRC32C
constexpr std::size_t kTlvHead = 3;

const ProxyHeader kMalformed{.verdict = Verdict::malformed, .size = 0, .client = {}};

/// Whether `bytes` may still become something that begins with `start`.
bool may_begin(std::string_view bytes, std::string_view start) {
  return start.starts_with(bytes.substr(0, start.size()));
}

std::uint8_t byte(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::size_t two_bytes(std::string_view bytes, std::size_t at) {
  return std::size_t{byte(bytes, at)} * 256 + byte(bytes, at + 1);
}

/// The next word of a line whose words single spaces part.
std::string_view take_word(std::string_view& line) {
  const auto space = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, space);
  line.remove_prefix(std::min(space + 1, line.size()));
  return word;
}

bool is_port(std::string_view text) {
  const bool shaped = !text.empty() && text.size() <= 5 && std::ranges::all_of(text, ascii::is_digit);
  return shaped && (text.size() == 1 || text.front() != '0') && std::stoul(std::string(text)) <= 65535;
}

std::optional<ip::address> address_of(std::string_view text, bool six) {
  boost::system::error_code ec;
  auto address = ip::make_address(std::string(text), ec);
  const bool zoned = text.find('%') != std::string_view::npos;  // means something on the proxy only
  if (ec || zoned || address.is_v6() != six) return std::nullopt;
  return address;
}

ProxyHeader read_line(std::string_view bytes) {
  const auto end = bytes.substr(0, kMostLine).find('\n');
  if (end == std::string_view::npos) return bytes.size() < kMostLine ? ProxyHeader{} : kMalformed;
  if (bytes[end - 1] != '\r') return kMalformed;
  auto line = bytes.substr(kLineStart.size(), end - 1 - kLineStart.size());
  const auto family = take_word(line);
  ProxyHeader header{.verdict = Verdict::complete, .size = end + 1, .client = {}};
  if (family == "UNKNOWN") return header;  // §2.1: what follows is to be ignored
  if (family != "TCP4" && family != "TCP6") return kMalformed;
  const bool six = family == "TCP6";
  header.client = address_of(take_word(line), six);
  const auto destination = address_of(take_word(line), six);
  const auto source_port = take_word(line);
  const bool sound = header.client && destination && is_port(source_port) && is_port(line);
  return sound ? header : kMalformed;
}

template <class Bytes>
Bytes address_bytes(std::string_view text) {
  Bytes bytes{};
  std::copy_n(text.begin(), bytes.size(), bytes.begin());
  return bytes;
}

/// §2.2.4: CRC-32C over the whole header, with its own four bytes as zeros.
bool checksum_fits(std::string_view header, std::size_t value_at) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  constexpr std::array<char, 4> kZeros{};
  crc.process_bytes(header.data(), value_at);
  crc.process_bytes(kZeros.data(), kZeros.size());
  const auto rest = header.substr(value_at + kZeros.size());
  crc.process_bytes(rest.data(), rest.size());
  return crc.checksum() == two_bytes(header, value_at) * 65536 + two_bytes(header, value_at + 2);
}

bool extensions_are_sound(std::string_view header, std::size_t at) {
  while (at < header.size()) {
    if (header.size() - at < kTlvHead) return false;
    const auto value_at = at + kTlvHead;
    const auto length = two_bytes(header, at + 1);
    if (header.size() - value_at < length) return false;
    if (byte(header, at) == kChecksum && (length != 4 || !checksum_fits(header, value_at))) return false;
    at = value_at + length;
  }
  return true;
}

/// The fixed part is there and `header` is whole.
ProxyHeader read_proxied(std::string_view header) {
  ProxyHeader read{.verdict = Verdict::complete, .size = header.size(), .client = {}};
  const auto addresses = header.substr(kFixedPart);
  std::size_t size = 0;
  switch (byte(header, 13)) {
    case 0x00:  // unspecified: whatever follows is to be ignored
      return read;
    case 0x11:  // TCP over IPv4
      size = 12;
      if (addresses.size() < size) return kMalformed;
      read.client = ip::address_v4(address_bytes<ip::address_v4::bytes_type>(addresses));
      break;
    case 0x21:  // TCP over IPv6
      size = 36;
      if (addresses.size() < size) return kMalformed;
      read.client = ip::address_v6(address_bytes<ip::address_v6::bytes_type>(addresses));
      break;
    case 0x31:  // a UNIX socket: no address
      size = 216;
      if (addresses.size() < size) return kMalformed;
      break;
    default:  // datagrams, and what is not defined
      return kMalformed;
  }
  return extensions_are_sound(header, kFixedPart + size) ? read : kMalformed;
}

ProxyHeader read_binary(std::string_view bytes) {
  constexpr std::uint8_t kLocal = 0x20;
  constexpr std::uint8_t kProxied = 0x21;
  if (bytes.size() > 12 && byte(bytes, 12) != kLocal && byte(bytes, 12) != kProxied) return kMalformed;
  if (bytes.size() < kFixedPart) return {};
  const auto size = kFixedPart + two_bytes(bytes, 14);
  if (size > kMostProxyHeader) return kMalformed;
  if (bytes.size() < size) return {};
  if (byte(bytes, 12) == kLocal) return {.verdict = Verdict::complete, .size = size, .client = {}};
  return read_proxied(bytes.substr(0, size));
}

}  // namespace

ProxyHeader read_proxy_header(std::string_view bytes) {
  if (may_begin(bytes, kSignature)) return read_binary(bytes);
  if (!may_begin(bytes, kLineStart)) return kMalformed;
  return bytes.size() < kLineStart.size() ? ProxyHeader{} : read_line(bytes);
}

}  // namespace secureauth::http
