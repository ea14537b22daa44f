#include "admin/sign_in_statistics.hpp"

#include <string>

namespace secureauth::admin {
namespace {

using std::chrono::days;
using std::chrono::hours;
using Step = SignInStatistics::Step;

constexpr std::size_t kMostRemembered = 10'000;         // steps: more than a year of hours
constexpr auto kLateCommits = std::chrono::minutes(5);  // of entries whose time was taken before

hours length_of(Step step) {
  return step == Step::hour ? hours(1) : hours(24);
}

Timestamp begin_of(Timestamp time, Step step) {
  if (step == Step::day) return std::chrono::floor<days>(time);
  return std::chrono::floor<hours>(time);
}

Error refusal(std::string field, std::string message) {
  return Error(std::vector<FieldError>{{std::move(field), "invalid_format", std::move(message)}});
}

}  // namespace

std::optional<Step> SignInStatistics::step_from(std::string_view text) {
  if (text == "hour") return Step::hour;
  if (text == "day") return Step::day;
  return std::nullopt;
}

net::awaitable<Result<std::vector<SignInStatistics::Point>>> SignInStatistics::operator()(Window window) {
  const auto length = length_of(window.step);
  const auto to = window.to.value_or(clock_.now());
  const auto usual = window.step == Step::hour ? hours(23) : hours(24 * 29);
  const auto from = begin_of(window.from.value_or(to - usual), window.step);
  if (from >= to) co_return refusal("from", "The window must begin before it ends.");
  if ((to - from + length - Timestamp::duration(1)) / length > kMostPoints) {
    co_return refusal("from", "The window has more than " + std::to_string(kMostPoints) + " steps.");
  }
  std::vector<Point> points;
  for (auto at = from; at < to; at += length) {
    const auto counts = co_await count({at, window.step}, at + length);
    points.push_back({.at = at, .counts = counts});
  }
  co_return points;
}

net::awaitable<SignInStatistics::Counts> SignInStatistics::count(Key key, Timestamp end) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = counted_.find(key); known != counted_.end()) co_return known->second;
  }
  const auto now = clock_.now();
  if (key.first > now) co_return Counts{};
  const auto counts = co_await sign_in_event_store::count(database_, key.first, end);
  if (end + kLateCommits > now) co_return counts;
  const std::lock_guard lock(mutex_);
  if (counted_.size() >= kMostRemembered) counted_.clear();
  counted_[key] = counts;
  co_return counts;
}

}  // namespace secureauth::admin
