#pragma once

#include "admin/sign_in_event_store.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/net.hpp"
#include "core/single_flight.hpp"
#include "db/database.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::admin {

/// How many sign-ins there were over time, and what became of them, counted from the audit log. Exact, and of a step
/// that is over counted once: what an instance has counted of it, it remembers, even where the entries were pruned
/// since. A step is a statement, so that none is longer than counting a day takes: the first year of days takes 365.
/// Who asks meanwhile for the same steps waits for those counts and has none of his own made. Thread-safe.
class SignInStatistics {
 public:
  static constexpr int kMostPoints = 400;
  static constexpr int kMostAtOnce = 8;  ///< windows that are counted, else answers would wait for a hundred others

  enum class Step { hour, day };  ///< UTC
  [[nodiscard]] static std::optional<Step> step_from(std::string_view text);

  struct Window {
    std::optional<Timestamp> from = {};  ///< nothing: a day, or thirty, before `to`
    std::optional<Timestamp> to = {};    ///< nothing: now
    Step step = Step::hour;
  };
  using Counts = sign_in_event_store::Counts;
  struct Point {
    Timestamp at;  ///< the step begins
    Counts counts;
  };

  SignInStatistics(db::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// A point for each step that the window touches, also where nothing happened. Fails with validation_failed where
  /// that is none, more than kMostPoints, or before the year 1; with overloaded where kMostAtOnce are counted.
  net::awaitable<Result<std::vector<Point>>> operator()(Window window);

 private:
  using Key = std::pair<Timestamp, Step>;
  net::awaitable<Counts> count(Key key, Timestamp end);
  [[nodiscard]] std::optional<Counts> known(const Key& key) const;
  net::awaitable<Counts> count_and_remember(Key key, Timestamp end);

  db::Database& database_;
  const Clock& clock_;
  std::atomic<int> counting_ = 0;  ///< windows
  SingleFlight<Counts> flights_;
  mutable std::mutex mutex_;
  std::map<Key, Counts> counted_;  ///< of steps that are over
};

}  // namespace secureauth::admin
