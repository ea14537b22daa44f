#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace secureauth::ephemeral {

/// A sweep looks at all that one lock guards, so it is made no more often.
constexpr auto kSweepEvery = std::chrono::seconds(1);

/// When a table that grows is swept of what has run out: at twice the size that the last sweep left it. A newcomer then
/// costs little, and memory follows what is in use instead of what has been seen.
class SweepTurn {
 public:
  [[nodiscard]] bool is_due(std::size_t size) const { return size >= next_; }
  void swept(std::size_t left) { next_ = std::max(kLeast, 2 * left); }

 private:
  static constexpr std::size_t kLeast = 64;
  std::size_t next_ = kLeast;
};

/// Drops one of a few entries in a row: that whose `rank` of its value is least, for nothing is lost with what is whole
/// soonest. `hand` is the bucket where the last search ended; the next goes on behind it.
template <class Map, class Rank>
void evict_one(Map& entries, std::size_t& hand, Rank rank) {
  constexpr std::size_t kSample = 8;
  std::optional<decltype(rank(entries.begin()->second))> least;
  const std::string* chosen = nullptr;
  std::size_t seen = 0;
  for (std::size_t looked = 0; seen < kSample && looked < entries.bucket_count(); ++looked) {
    hand = (hand + 1) % entries.bucket_count();
    for (auto one = entries.begin(hand); one != entries.end(hand); ++one, ++seen) {
      auto here = rank(one->second);
      if (least && here >= *least) continue;
      least = std::move(here);
      chosen = &one->first;
    }
  }
  if (chosen != nullptr) entries.erase(std::string(*chosen));
}

}  // namespace secureauth::ephemeral
