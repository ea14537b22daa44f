#pragma once

#include "telemetry/instruments.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

namespace secureauth::http {

/// What strangers can cause on the way in as often as they like.
enum class Complaint { accept_failed, connection_failed, no_proxy, proxy_header, client_has_too_many, full };

/// Lines of the log about it: of each kind at most one in ten seconds, which says how many were left out before it, so
/// that no kind keeps another out of the log and no flood fills it. Thread-safe.
class Complaints {
 public:
  static constexpr std::chrono::seconds kQuiet{10};

  Complaints();

  /// Counts it as well. `cause`: whose doing it is, or what the system says.
  void log(Complaint what, std::string_view cause);

  [[nodiscard]] const telemetry::Counters& counts() const { return counts_; }  ///< all, those left out too

  /// Whether there is to be a line now: then how many were left out since the last one.
  [[nodiscard]] std::optional<std::uint64_t> admit(Complaint what, std::chrono::steady_clock::time_point now);

 private:
  struct Kind {
    std::optional<std::chrono::steady_clock::time_point> quiet_until;
    std::uint64_t left_out = 0;
  };
  static constexpr std::size_t kKinds = 6;

  telemetry::Counters counts_;
  std::mutex mutex_;
  std::array<Kind, kKinds> kinds_{};
};

}  // namespace secureauth::http
