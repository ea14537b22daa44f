#pragma once

#include "http/request.hpp"
#include "http/router.hpp"
#include "telemetry/exposition.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace secureauth::http {

/// The statuses that the service answers with; anything else counts as the last.
inline constexpr std::array<unsigned, 20> kStatuses{200, 204, 302, 303, 304, 400, 401, 403, 404, 405,
                                                    408, 409, 413, 415, 422, 429, 431, 500, 503, 0};

/// What one io thread answered: by route, or by method where no route took the request, so that no stranger can make a
/// series. The thread alone writes, without a lock or a locked instruction; any thread reads.
class Tally {
 public:
  explicit Tally(std::size_t routes) : of_routes_(routes) {}

  void count(std::size_t route, unsigned status, std::chrono::nanoseconds took) {
    add(of_routes_[route], status, took);
  }
  void count(Method method, unsigned status, std::chrono::nanoseconds took) {
    add(of_methods_[static_cast<std::size_t>(method)], status, took);
  }

  /// Lives as long as a request is at work.
  class InFlight {
   public:
    explicit InFlight(Tally& tally) : tally_(tally) { step(tally_.in_flight_, std::int64_t{1}); }
    ~InFlight() { step(tally_.in_flight_, -std::int64_t{1}); }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

   private:
    Tally& tally_;
  };

 private:
  friend class Traffic;
  static constexpr std::size_t kMethods = 8;  ///< of Method

  template <class T>
  static void step(std::atomic<T>& cell, T more) {
    cell.store(cell.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  using Cell = std::atomic<std::uint64_t>;
  struct Row {
    std::array<Cell, kStatuses.size()> statuses{};
    std::array<Cell, telemetry::kBounds.size() + 1> buckets{};
    Cell nanoseconds = 0;
  };
  static void add(Row& row, unsigned status, std::chrono::nanoseconds took);

  std::vector<Row> of_routes_;
  std::array<Row, kMethods> of_methods_;
  std::atomic<std::int64_t> in_flight_ = 0;
};

/// The tallies of a server's threads, together.
class Traffic {
 public:
  Traffic(std::vector<Router::Name> routes, std::size_t threads);

  [[nodiscard]] Tally& of(std::size_t thread) { return tallies_.at(thread); }

  /// Requests by method, route and status, how long they took, and how many are at work. Routes that nobody has asked
  /// for are left out.
  void expose(telemetry::Exposition& to) const;

 private:
  struct Sum {
    std::array<std::uint64_t, kStatuses.size()> statuses{};
    telemetry::Durations durations;
    bool is_empty = true;
  };
  [[nodiscard]] Sum sum(std::size_t line) const;
  [[nodiscard]] Router::Name name(std::size_t line) const;

  std::vector<Router::Name> routes_;
  std::deque<Tally> tallies_;
};

}  // namespace secureauth::http
