#pragma once

#include "core/error.hpp"
#include "core/id.hpp"

#include <cstddef>
#include <memory>

namespace secureauth::admin {

/// How many may follow the audit log at once: each holds a connection for as long as he likes. Thread-safe.
class TailPlaces {
 public:
  struct Most {
    std::size_t of_instance = 64;
    std::size_t of_session = 3;
  };
  explicit TailPlaces(Most most);

  /// Given back when the last copy goes; it may outlive the TailPlaces.
  using Place = std::shared_ptr<void>;
  /// Fails with rate_limited where the session has as many as it may, with overloaded where the instance has.
  [[nodiscard]] Result<Place> take(const SessionId& session);

 private:
  struct Taken;
  Most most_;
  std::shared_ptr<Taken> taken_;
};

}  // namespace secureauth::admin
