#include "admin/sign_in_statistics.hpp"

#include <string>

namespace secureauth::admin {
namespace {

using std::chrono::days;
using std::chrono::hours;
using Step = SignInStatistics::Step;

constexpr std::size_t kMostRemembered = 10'000;         // steps: more than a year of hours
constexpr auto kLateCommits = std::chrono::minutes(5);  // of entries whose time was taken before
constexpr Timestamp kFirstTime = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);  // PostgreSQL reads no year 0
constexpr std::chrono::seconds kRetryAfter{2};

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

Error too_many() {
  Error error(ErrorCode::overloaded, "As many count sign-ins as may at once.");
  error.retry_after = kRetryAfter;
  return error;
}

/// Of those who count.
class Turn {
 public:
  explicit Turn(std::atomic<int>& all) : all_(all), before_(all++) {}
  ~Turn() { --all_; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  [[nodiscard]] bool is_beyond(int most) const { return before_ >= most; }

 private:
  std::atomic<int>& all_;
  int before_;
};

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
  if (from < kFirstTime) co_return refusal(window.from ? "from" : "to", "There are no times before the year 1.");
  if (from >= to) co_return refusal("from", "The window must begin before it ends.");
  if ((to - from + length - Timestamp::duration(1)) / length > kMostPoints) {
    co_return refusal("from", "The window has more than " + std::to_string(kMostPoints) + " steps.");
  }
  const Turn turn(counting_);
  if (turn.is_beyond(kMostAtOnce)) co_return too_many();
  std::vector<Point> points;
  for (auto at = from; at < to; at += length) {
    const auto counts = co_await count({at, window.step}, at + length);
    points.push_back({.at = at, .counts = counts});
  }
  co_return points;
}

std::optional<SignInStatistics::Counts> SignInStatistics::known(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = counted_.find(key);
  if (found == counted_.end()) return std::nullopt;
  return found->second;
}

net::awaitable<SignInStatistics::Counts> SignInStatistics::count(Key key, Timestamp end) {
  if (const auto counts = known(key)) co_return *counts;
  if (key.first > clock_.now()) co_return Counts{};
  auto name = std::to_string(key.first.time_since_epoch().count()) + (key.second == Step::hour ? "h" : "d");
  auto work = [this, key, end]() { return count_and_remember(key, end); };
  const auto counts = co_await flights_(std::move(name), std::move(work));
  co_return counts;
}

net::awaitable<SignInStatistics::Counts> SignInStatistics::count_and_remember(Key key, Timestamp end) {
  if (const auto counts = known(key)) co_return *counts;  // somebody else's have just landed
  const auto now = clock_.now();
  const auto counts = co_await sign_in_event_store::count(database_, key.first, end);
  if (end + kLateCommits > now) co_return counts;
  const std::lock_guard lock(mutex_);
  if (counted_.size() >= kMostRemembered) counted_.clear();
  counted_[key] = counts;
  co_return counts;
}

}  // namespace secureauth::admin
