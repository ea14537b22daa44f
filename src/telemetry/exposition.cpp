#include "telemetry/exposition.hpp"

#include <chrono>
#include <limits>
#include <prometheus/text_serializer.h>

namespace secureauth::telemetry {
namespace {

using prometheus::MetricType;

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void Exposition::counter(std::string_view name, std::string_view help) {
  begin(name, help, MetricType::Counter);
}

void Exposition::gauge(std::string_view name, std::string_view help) {
  begin(name, help, MetricType::Gauge);
}

void Exposition::histogram(std::string_view name, std::string_view help) {
  begin(name, help, MetricType::Histogram);
}

void Exposition::begin(std::string_view name, std::string_view help, MetricType type) {
  auto& family = families_.emplace_back();
  family.name = name.starts_with("process_") ? std::string(name) : "secureauth_" + std::string(name);
  family.help = help;
  family.type = type;
}

prometheus::ClientMetric& Exposition::add_metric(const Labels& labels) {
  auto& metric = families_.back().metric.emplace_back();
  for (const auto& [name, value] : labels) metric.label.push_back({std::string(name), std::string(value)});
  return metric;
}

void Exposition::add(double value, const Labels& labels) {
  auto& metric = add_metric(labels);
  if (families_.back().type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
}

void Exposition::add(const Durations& durations, const Labels& labels) {
  auto& told = add_metric(labels).histogram;
  for (std::size_t i = 0; i < durations.buckets.size(); ++i) {
    told.sample_count += durations.buckets[i];
    const bool last = i == kBounds.size();
    told.bucket.push_back({told.sample_count, last ? std::numeric_limits<double>::infinity() : seconds(kBounds[i])});
  }
  told.sample_sum = seconds(std::chrono::nanoseconds(durations.nanoseconds));
}

void Exposition::counter(std::string_view name, std::string_view help, const Counter& value) {
  counter(name, help);
  add(static_cast<double>(value.value()));
}

void Exposition::counter(std::string_view name, std::string_view help, const Counters& values) {
  counter(name, help);
  const auto& [first, second] = std::pair(values.first(), values.second());
  for (std::size_t i = 0; i < first.values.size(); ++i) {
    for (std::size_t j = 0; j < second.values.size(); ++j) {
      Labels labels{{first.name, first.values[i]}};
      if (!second.name.empty()) labels.emplace_back(second.name, second.values[j]);
      add(static_cast<double>(values.value(i, j)), labels);
    }
  }
}

void Exposition::gauge(std::string_view name, std::string_view help, double value) {
  gauge(name, help);
  add(value);
}

void Exposition::histogram(std::string_view name, std::string_view help, const Histogram& value) {
  histogram(name, help);
  add(value.value());
}

std::string Exposition::text() const {
  return prometheus::TextSerializer().Serialize(families_);
}

}  // namespace secureauth::telemetry
