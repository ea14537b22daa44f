#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace secureauth {

/// When an outage is told: at its beginning, and again each hour that it lasts, so that one of days is not a single
/// line of days ago. Used by one thread.
class OutageNotice {
 public:
  static constexpr auto kAgainAfter = std::chrono::hours(1);

  enum class Due { nothing, beginning, again };
  /// While it lasts; what is due then counts as told.
  [[nodiscard]] Due due(Timestamp now) {
    if (told_ && now < *told_ + kAgainAfter) return Due::nothing;
    return std::exchange(told_, now) ? Due::again : Due::beginning;
  }
  /// It is over; whether there was one.
  bool end() { return std::exchange(told_, std::nullopt).has_value(); }

 private:
  std::optional<Timestamp> told_;
};

}  // namespace secureauth
