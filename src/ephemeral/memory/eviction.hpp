#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace secureauth::ephemeral {

/// A sweep looks at all that one lock guards, so it is made no more often.
constexpr auto kSweepEvery = std::chrono::seconds(1);

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
