#pragma once

#include "telemetry/instruments.hpp"

#include <prometheus/metric_family.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::telemetry {

/// What a scrape is answered with, put together family by family.
/// Source: Prometheus text exposition format 0.0.4.
class Exposition {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  /// Begins a family; what is added after it belongs to it. `name` without `secureauth_`, unless it is a `process_`
  /// one.
  void counter(std::string_view name, std::string_view help);
  void gauge(std::string_view name, std::string_view help);
  void histogram(std::string_view name, std::string_view help);

  void add(double value, const Labels& labels = {});
  void add(const Durations& durations, const Labels& labels = {});

  /// A family of its own.
  void counter(std::string_view name, std::string_view help, const Counter& value);
  void counter(std::string_view name, std::string_view help, const Counters& values);
  void gauge(std::string_view name, std::string_view help, double value);
  void histogram(std::string_view name, std::string_view help, const Histogram& value);

  [[nodiscard]] std::string text() const;

 private:
  void begin(std::string_view name, std::string_view help, prometheus::MetricType type);
  prometheus::ClientMetric& add_metric(const Labels& labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace secureauth::telemetry
