#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace secureauth {

/// UTC, microseconds: the resolution of every stored and shown time.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// The wall clock, passed in so that tests set it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

/// RFC 3339 with exactly six fractional digits and `Z`: text that sorts as time does, in both databases.
[[nodiscard]] std::string to_rfc3339(Timestamp time);

/// Reads `to_rfc3339`'s form, also with fewer fractional digits. Throws std::invalid_argument on anything else.
[[nodiscard]] Timestamp from_rfc3339(std::string_view text);

}  // namespace secureauth
