#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace secureauth::ephemeral {

/// What all instances share in front of the record store. It may forget anything at any time and is never the truth.
/// Thread-safe. Every function throws Unavailable, soon: the caller then asks the record store.
class SharedCache {
 public:
  virtual ~SharedCache() = default;

  struct Found {
    bool barred = false;  ///< dropped a while ago: ask the record store and do not keep() what it says
    std::string value;    ///< empty when barred
  };
  virtual net::awaitable<std::optional<Found>> find(std::string key) = 0;

  /// Keeps the value until `expires_at`, unless the key is kept already or barred. Nothing happens when that is past.
  virtual net::awaitable<void> keep(std::string key, std::string value, Timestamp expires_at) = 0;

  /// Forgets what is kept and bars the key for a while, so that who read the record store before cannot bring it back;
  /// then tells every instance that listens. One atomic step.
  virtual net::awaitable<void> drop(std::string key, std::chrono::milliseconds barred_for) = 0;

  /// Succeeds when it answers now.
  virtual net::awaitable<void> check_ready() = 0;
};

}  // namespace secureauth::ephemeral
