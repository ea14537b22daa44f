#pragma once

#include "core/net.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace secureauth::http {

/// How many connections each client has open at once: IPv4 by address, IPv6 by /64, which is what one subscriber gets
/// and hops about in. Asked when a connection begins and when it ends, never by a request. Holds an entry for each
/// client that is connected. Thread-safe.
class AddressQuota {
  using Client = std::pair<bool, std::uint64_t>;  // IPv6?, and the bits that count
  // Ordered, so that nobody can choose addresses that collide.
  using Counts = std::map<Client, std::size_t>;

 public:
  explicit AddressQuota(std::size_t most) : most_(most) {}  ///< `most` 0: counted, not limited

  /// One connection's place among its client's, free again when this goes. The quota must live longer.
  class Place {
   public:
    Place(Place&& other) noexcept : quota_(std::exchange(other.quota_, nullptr)), client_(other.client_) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (quota_ != nullptr) quota_->give_back(client_);
    }

   private:
    friend class AddressQuota;
    Place(AddressQuota* quota, Counts::iterator client) : quota_(quota), client_(client) {}
    AddressQuota* quota_;
    Counts::iterator client_;
  };

  /// None when the client has as many connections as it may.
  [[nodiscard]] std::optional<Place> take(const net::ip::address& address);

  /// Clients that have a place.
  [[nodiscard]] std::size_t clients() const;

 private:
  void give_back(Counts::iterator client);

  const std::size_t most_;
  mutable std::mutex mutex_;
  Counts counts_;
};

}  // namespace secureauth::http
