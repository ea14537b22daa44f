#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace secureauth::app {

/// When something that is tried again and again is to be told: that it begins to fail, each hour that it still does,
/// and that it works again. Used by one thread.
class FailureReminder {
 public:
  explicit FailureReminder(const Clock& clock) : clock_(clock) {}

  /// It failed; whether to tell.
  [[nodiscard]] bool fails() {
    const auto now = clock_.now();
    if (told_at_ && now - *told_at_ < kRemindEvery) return false;
    told_at_ = now;
    return true;
  }
  /// It worked; whether to tell.
  [[nodiscard]] bool works() { return std::exchange(told_at_, std::nullopt).has_value(); }

 private:
  static constexpr auto kRemindEvery = std::chrono::hours(1);
  const Clock& clock_;
  std::optional<Timestamp> told_at_;
};

}  // namespace secureauth::app
