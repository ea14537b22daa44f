#pragma once

#include <chrono>

namespace secureauth {

/// Pauses between attempts at a peer that is gone: doubling up to a cap, each drawn between half of itself and the
/// whole, so that many instances do not come back in step. Not thread-safe.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;
  Backoff(Duration first, Duration longest) : first_(first), longest_(longest), current_(first) {}

  /// The next pause.
  Duration next();

  /// After a success: begin again from the first.
  void reset() { current_ = first_; }

 private:
  Duration first_;
  Duration longest_;
  Duration current_;
};

/// A duration between half of `longest` and all of it. Spread, not secrecy: drawn from the clock.
[[nodiscard]] Backoff::Duration jittered(Backoff::Duration longest);

}  // namespace secureauth
