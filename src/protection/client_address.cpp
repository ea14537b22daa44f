#include "protection/client_address.hpp"

#include "core/ascii.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::protection {
namespace {

namespace ip = boost::asio::ip;

/// IPv4-mapped IPv6 as the IPv4 address it is, so that a dual-stack listener sees one address and not two.
ip::address plain(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

}  // namespace

ClientAddressRule::ClientAddressRule(const std::vector<std::string>& trusted) {
  for (const auto& block : trusted) {
    boost::system::error_code ec;
    const bool single = block.find('/') == std::string::npos;
    const bool six = block.find(':') != std::string::npos;
    if (six) {
      v6_.push_back(ip::make_network_v6(single ? block + "/128" : block, ec));
    } else {
      v4_.push_back(ip::make_network_v4(single ? block + "/32" : block, ec));
    }
    if (ec) throw std::invalid_argument("not an address or CIDR block: " + block);
  }
}

std::string ClientAddressRule::operator()(const ip::address& peer, std::string_view forwarded_for) const {
  auto client = plain(peer);
  while (is_trusted(client) && !forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    const auto last = ascii::trimmed(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1));
    forwarded_for = comma == std::string_view::npos ? std::string_view{} : forwarded_for.substr(0, comma);
    boost::system::error_code ec;
    const auto next = ip::make_address(std::string(last), ec);
    if (ec) break;
    client = plain(next);
  }
  return client.to_string();
}

bool ClientAddressRule::is_trusted(const ip::address& address) const {
  if (address.is_v4()) {
    const auto bits = address.to_v4().to_uint();
    return std::ranges::any_of(
        v4_, [bits](const auto& block) { return (bits & block.netmask().to_uint()) == block.network().to_uint(); });
  }
  const ip::network_v6 host(address.to_v6(), 128);
  return std::ranges::any_of(v6_, [&host, &address](const auto& block) {
    return host.is_subnet_of(block) || block.address() == address.to_v6();
  });
}

std::string network_of(std::string_view address, unsigned v4_bits, unsigned v6_bits) {
  boost::system::error_code ec;
  const auto parsed = ip::make_address(std::string(address), ec);
  if (ec) return std::string(address);
  const auto host = plain(parsed);
  if (host.is_v6()) {
    // Without a scope id, which is this machine's and not the network's.
    const ip::network_v6 block(ip::address_v6(host.to_v6().to_bytes()), static_cast<unsigned short>(v6_bits));
    return block.canonical().to_string();
  }
  if (v4_bits >= 32) return host.to_string();
  return ip::network_v4(host.to_v4(), static_cast<unsigned short>(v4_bits)).canonical().to_string();
}

}  // namespace secureauth::protection
