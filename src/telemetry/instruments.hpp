#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

/// What things are counted with. Every operation is one or two relaxed atomic additions: no lock, no allocation. Any
/// thread adds, any thread reads; what is read of several at once may be a moment apart.
namespace secureauth::telemetry {

class Counter {
 public:
  void add(std::uint64_t more = 1) { value_.fetch_add(more, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

/// Goes up and down.
class Gauge {
 public:
  void add(std::int64_t more) { value_.fetch_add(more, std::memory_order_relaxed); }
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

/// Upper bounds of the buckets of every histogram: from a session check to a request that nobody waits for.
inline constexpr std::array<std::chrono::microseconds, 13> kBounds{
    {std::chrono::microseconds(500), std::chrono::microseconds(1000), std::chrono::microseconds(2500),
     std::chrono::microseconds(5000), std::chrono::microseconds(10'000), std::chrono::microseconds(25'000),
     std::chrono::microseconds(50'000), std::chrono::microseconds(100'000), std::chrono::microseconds(250'000),
     std::chrono::microseconds(500'000), std::chrono::microseconds(1'000'000), std::chrono::microseconds(2'500'000),
     std::chrono::microseconds(5'000'000)}};

/// The bucket of what took so long; that beyond the last bound is kBounds.size().
[[nodiscard]] inline std::size_t bucket_of(std::chrono::nanoseconds took) {
  std::size_t bucket = 0;
  while (bucket < kBounds.size() && took > kBounds[bucket]) ++bucket;
  return bucket;
}

/// How often something took how long, as it is told.
struct Durations {
  std::array<std::uint64_t, kBounds.size() + 1> buckets{};  ///< each for itself, not cumulative
  std::uint64_t nanoseconds = 0;                            ///< all together
};

class Histogram {
 public:
  void observe(std::chrono::nanoseconds took) {
    buckets_[bucket_of(took)].add();
    nanoseconds_.add(static_cast<std::uint64_t>(took.count()));
  }
  [[nodiscard]] Durations value() const {
    Durations durations;
    for (std::size_t i = 0; i < buckets_.size(); ++i) durations.buckets[i] = buckets_[i].value();
    durations.nanoseconds = nanoseconds_.value();
    return durations;
  }

 private:
  std::array<Counter, kBounds.size() + 1> buckets_;
  Counter nanoseconds_;
};

/// A label and every value that it can have. There is no other: what is not in the list counts as the last one, so that
/// nothing that comes from outside can make a new series.
struct Label {
  std::string_view name;
  std::vector<std::string_view> values;
};

/// A counter for every combination of one or two labels. For what is rare beside a request: it looks the values up.
class Counters {
 public:
  explicit Counters(Label first, Label second = {{}, {{}}});
  void add(std::string_view first, std::string_view second = {}, std::uint64_t more = 1);

  [[nodiscard]] const Label& first() const { return first_; }
  [[nodiscard]] const Label& second() const { return second_; }  ///< without a name: there is none
  [[nodiscard]] std::uint64_t value(std::size_t first, std::size_t second) const;

 private:
  Label first_;
  Label second_;
  std::vector<Counter> counters_;
};

}  // namespace secureauth::telemetry
