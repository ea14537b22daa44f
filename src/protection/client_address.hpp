#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace secureauth::protection {

/// Whose address a request counts for. X-Forwarded-For is believed only as far as TRUSTED_PROXIES vouch for it: read
/// from the right, past each trusted proxy, to the first address that is none. Thread-safe.
class ClientAddressRule {
 public:
  /// `trusted` are CIDR blocks or single addresses. Throws std::invalid_argument for anything else.
  explicit ClientAddressRule(const std::vector<std::string>& trusted);

  /// The client's address as text, IPv4-mapped IPv6 as IPv4. A malformed entry ends the reading: what stands left of
  /// it is hearsay.
  [[nodiscard]] std::string operator()(const boost::asio::ip::address& peer, std::string_view forwarded_for) const;

 private:
  [[nodiscard]] bool is_trusted(const boost::asio::ip::address& address) const;

  std::vector<boost::asio::ip::network_v4> v4_;
  std::vector<boost::asio::ip::network_v6> v6_;
};

/// The network that an address counts as: an IPv6 one by its /64, which is one customer's, an IPv4 one whole; or as
/// many bits as asked for. IPv4-mapped IPv6 is IPv4. `203.0.113.9`, `203.0.113.0/24`, `2001:db8:0:7::/64`; what is no
/// address stays as it is.
[[nodiscard]] std::string network_of(std::string_view address, unsigned v4_bits = 32, unsigned v6_bits = 64);

}  // namespace secureauth::protection
