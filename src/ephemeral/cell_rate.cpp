#include "ephemeral/cell_rate.hpp"

#include <tuple>

namespace secureauth::ephemeral {
namespace {

using std::chrono::microseconds;
using Rate = EphemeralStore::Rate;
using Paced = EphemeralStore::Paced;

/// What this rate alone would answer.
Paced judge_one(const Rate& rate, microseconds debt, std::size_t index) {
  const auto step = interval(rate);
  const auto most = burst(rate);
  const bool allowed = debt + step <= most;
  const auto owed = allowed ? debt + step : debt;
  const auto left = (most - owed) / step;
  return {allowed, index, left, left > 0 ? microseconds(0) : owed + step - most, owed};
}

bool is_tighter(const Paced& one, const Paced& other) {
  if (one.allowed != other.allowed) return !one.allowed;
  if (!one.allowed) return one.retry_after > other.retry_after;
  return std::tuple(-one.left, one.until_whole) > std::tuple(-other.left, other.until_whole);
}

}  // namespace

microseconds interval(const Rate& rate) {
  return std::chrono::duration_cast<microseconds>(rate.window) / rate.limit;
}

microseconds burst(const Rate& rate) {
  return interval(rate) * rate.limit;
}

Paced judge(std::span<const Rate> rates, std::span<const microseconds> debts) {
  auto tightest = judge_one(rates[0], debts[0], 0);
  for (std::size_t i = 1; i < rates.size(); ++i) {
    const auto one = judge_one(rates[i], debts[i], i);
    if (is_tighter(one, tightest)) tightest = one;
  }
  return tightest;
}

}  // namespace secureauth::ephemeral
