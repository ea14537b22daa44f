#include "http/traffic.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace secureauth::http {
namespace {

constexpr std::string_view kNoRoute = "(none)";

/// In the order of Method.
constexpr std::array<std::string_view, 8> kMethodNames{"GET",   "HEAD",   "POST",    "PUT",
                                                       "PATCH", "DELETE", "OPTIONS", "other"};

std::size_t place_of(unsigned status) {
  const auto* found = std::ranges::find(kStatuses, status);
  return std::min(static_cast<std::size_t>(found - kStatuses.begin()), kStatuses.size() - 1);
}

}  // namespace

void Tally::add(Row& row, unsigned status, std::chrono::nanoseconds took) {
  constexpr std::uint64_t kOne = 1;
  step(row.statuses[place_of(status)], kOne);
  step(row.buckets[telemetry::bucket_of(took)], kOne);
  step(row.nanoseconds, static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
}

Traffic::Traffic(std::vector<Router::Name> routes, std::size_t threads) : routes_(std::move(routes)) {
  for (std::size_t i = 0; i < threads; ++i) tallies_.emplace_back(routes_.size());
}

Traffic::Sum Traffic::sum(std::size_t line) const {
  Sum all;
  for (const auto& tally : tallies_) {
    const auto& row = line < routes_.size() ? tally.of_routes_[line] : tally.of_methods_[line - routes_.size()];
    for (std::size_t i = 0; i < kStatuses.size(); ++i) {
      const auto requests = row.statuses[i].load(std::memory_order_relaxed);
      all.statuses[i] += requests;
      all.is_empty = all.is_empty && requests == 0;
    }
    for (std::size_t i = 0; i < row.buckets.size(); ++i) {
      all.durations.buckets[i] += row.buckets[i].load(std::memory_order_relaxed);
    }
    all.durations.nanoseconds += row.nanoseconds.load(std::memory_order_relaxed);
  }
  return all;
}

Router::Name Traffic::name(std::size_t line) const {
  if (line < routes_.size()) return routes_[line];
  return {std::string(kMethodNames.at(line - routes_.size())), std::string(kNoRoute)};
}

void Traffic::expose(telemetry::Exposition& to) const {
  std::vector<std::pair<Router::Name, Sum>> asked;
  for (std::size_t line = 0; line < routes_.size() + kMethodNames.size(); ++line) {
    auto one = sum(line);
    if (!one.is_empty) asked.emplace_back(name(line), one);
  }
  to.counter("http_requests_total", "Requests answered; route (none): no route took it.");
  for (const auto& [route, one] : asked) {
    for (std::size_t i = 0; i < kStatuses.size(); ++i) {
      if (one.statuses[i] == 0) continue;
      const auto status = kStatuses[i] == 0 ? std::string("other") : std::to_string(kStatuses[i]);
      to.add(static_cast<double>(one.statuses[i]),
             {{"method", route.method}, {"route", route.pattern}, {"status", status}});
    }
  }
  to.histogram(
      "http_request_duration_seconds",
      "From a request's head to its answer, without waiting for the client to send its body or take the answer.");
  for (const auto& [route, one] : asked) {
    to.add(one.durations, {{"method", route.method}, {"route", route.pattern}});
  }
  std::int64_t in_flight = 0;
  for (const auto& tally : tallies_) in_flight += tally.in_flight_.load(std::memory_order_relaxed);
  to.gauge("http_requests_in_flight", "Requests at work.", static_cast<double>(in_flight));
}

}  // namespace secureauth::http
