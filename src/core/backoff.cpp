#include "core/backoff.hpp"

#include <algorithm>
#include <cstdint>

namespace secureauth {

Backoff::Duration jittered(Backoff::Duration longest) {
  // The finalizer of SplitMix64 (Steele, Lea, Flood 2014) spreads the clock's low bits over the word.
  auto word = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9U;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebU;
  word ^= word >> 31;
  const auto half = longest.count() / 2;
  return Backoff::Duration(longest.count() - static_cast<std::int64_t>(word % static_cast<std::uint64_t>(half + 1)));
}

Backoff::Duration Backoff::next() {
  const auto pause = jittered(current_);
  current_ = std::min(current_ * 2, longest_);
  return pause;
}

}  // namespace secureauth
