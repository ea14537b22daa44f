#include "ephemeral/redis/slots.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace secureauth::ephemeral::redis {
namespace {

constexpr std::uint16_t kPolynomial = 0x1021;
constexpr std::size_t kMostOwners = 100;  // masters; the specification recommends a thousand nodes at most

constexpr std::array<std::uint16_t, 256> crc_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned crc = byte << 8U;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ kPolynomial : crc << 1U;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

std::optional<std::size_t> number(std::string_view text, std::size_t highest) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > highest) return std::nullopt;
  return value;
}

[[noreturn]] void refuse() {
  throw RedisUnavailable("Redis sent a slot map that cannot be read");
}

std::size_t integer(const Reply& reply, std::size_t highest) {
  if (reply.kind() != Reply::Kind::integer || reply.integer() < 0) refuse();
  const auto value = static_cast<std::size_t>(reply.integer());
  if (value > highest) refuse();
  return value;
}

Endpoint endpoint(const Reply& node, const std::string& asked_host) {
  if (node.kind() != Reply::Kind::array || node.size() < 2) refuse();
  const auto port = integer(node[1], 65535);
  const bool named = node[0].is_null() || node[0].kind() == Reply::Kind::text;
  if (port == 0 || !named) refuse();
  // Redis 7 says null where the client's own way to the node is as good as any, and "?" where it has no name.
  const bool unknown = node[0].is_null() || node[0].text().empty() || node[0].text() == "?";
  return Endpoint{unknown ? asked_host : node[0].text(), static_cast<std::uint16_t>(port)};
}

}  // namespace

std::uint16_t crc16(std::string_view text) {
  static constexpr auto kTable = crc_table();
  unsigned crc = 0;
  for (const char c : text) crc = (crc << 8U) ^ kTable[((crc >> 8U) ^ static_cast<unsigned char>(c)) & 0xffU];
  return static_cast<std::uint16_t>(crc);
}

Slot slot_of(std::string_view key) {
  if (const auto open = key.find('{'); open != std::string_view::npos) {
    const auto close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  return crc16(key) % kSlots;
}

SlotMap SlotMap::from(const Reply& reply, const std::string& asked_host) {
  if (reply.kind() != Reply::Kind::array) refuse();
  SlotMap map;
  std::size_t covered = 0;  // so that a reply of many overlapping ranges costs no time
  for (const auto& range : reply.elements()) {
    if (range.kind() != Reply::Kind::array || range.size() < 3) refuse();
    const auto first = integer(range[0], kSlots - 1);
    const auto last = integer(range[1], kSlots - 1);
    if (first > last) refuse();
    covered += last - first + 1;
    if (covered > kSlots) refuse();
    map.set(first, last, endpoint(range[2], asked_host));  // the master comes first, its replicas behind
  }
  return map;
}

const Endpoint* SlotMap::owner(Slot slot) const {
  const auto index = owner_of_.at(slot);
  return index == 0 ? nullptr : &owners_[index - 1U];
}

void SlotMap::set(std::size_t first, std::size_t last, const Endpoint& owner) {
  const auto at = std::find(owners_.begin(), owners_.end(), owner);
  const auto index = static_cast<std::size_t>(at - owners_.begin());
  if (at == owners_.end()) {
    if (owners_.size() == kMostOwners) refuse();
    owners_.push_back(owner);
  }
  std::fill(owner_of_.begin() + static_cast<std::ptrdiff_t>(first),
            owner_of_.begin() + static_cast<std::ptrdiff_t>(last) + 1, static_cast<std::uint16_t>(index + 1));
}

std::optional<Redirection> redirection(const Reply& reply, const std::string& asked_host) {
  if (!reply.is_error()) return std::nullopt;
  const auto code = reply.error_code();
  if (code != "MOVED" && code != "ASK") return std::nullopt;
  // "3999 127.0.0.1:6381"; an IPv6 address has no brackets.
  const auto detail = reply.error_detail();
  const auto space = detail.find(' ');
  const auto colon = detail.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space) return std::nullopt;
  const auto slot = number(detail.substr(0, space), kSlots - 1);
  const auto port = number(detail.substr(colon + 1), 65535);
  if (!slot || port.value_or(0) == 0) return std::nullopt;
  std::string host(detail.substr(space + 1, colon - space - 1));
  if (host.empty() || host == "?") host = asked_host;
  return Redirection{code == "ASK", static_cast<Slot>(*slot), Endpoint{host, static_cast<std::uint16_t>(*port)}};
}

}  // namespace secureauth::ephemeral::redis
