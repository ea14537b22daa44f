#include "http/address_quota.hpp"

namespace secureauth::http {
namespace {

namespace ip = net::ip;

std::pair<bool, std::uint64_t> client_of(const ip::address& address) {
  if (address.is_v4()) return {false, address.to_v4().to_uint()};
  const auto six = address.to_v6();
  if (six.is_v4_mapped()) return {false, ip::make_address_v4(ip::v4_mapped, six).to_uint()};
  std::uint64_t network = 0;
  const auto bytes = six.to_bytes();
  for (std::size_t i = 0; i < 8; ++i) network = network << 8 | bytes.at(i);
  return {true, network};
}

}  // namespace

std::optional<AddressQuota::Place> AddressQuota::take(const ip::address& address) {
  const std::lock_guard lock(mutex_);
  const auto client = counts_.try_emplace(client_of(address), 0).first;
  if (most_ != 0 && client->second >= most_) return std::nullopt;
  ++client->second;
  return Place(this, client);
}

std::size_t AddressQuota::clients() const {
  const std::lock_guard lock(mutex_);
  return counts_.size();
}

void AddressQuota::give_back(Counts::iterator client) {
  const std::lock_guard lock(mutex_);
  if (--client->second == 0) counts_.erase(client);
}

}  // namespace secureauth::http
