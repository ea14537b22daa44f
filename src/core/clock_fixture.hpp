#pragma once

#include "core/clock.hpp"

namespace secureauth {

/// A clock that stands still until it is moved.
class SetClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return now_; }
  void advance(Timestamp::duration by) { now_ += by; }

 private:
  Timestamp now_ = from_rfc3339("2026-01-01T12:00:00.000000Z");
};

}  // namespace secureauth
