#pragma once

#include "admin/sign_in_event_store.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

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
/// since. Thread-safe.
class SignInStatistics {
 public:
  static constexpr int kMostPoints = 400;

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
  /// that is none, or more than kMostPoints.
  net::awaitable<Result<std::vector<Point>>> operator()(Window window);

 private:
  using Key = std::pair<Timestamp, Step>;
  net::awaitable<Counts> count(Key key, Timestamp end);

  db::Database& database_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<Key, Counts> counted_;  ///< of steps that are over
};

}  // namespace secureauth::admin
