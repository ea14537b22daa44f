#include "telemetry/instruments.hpp"

#include <algorithm>
#include <utility>

namespace secureauth::telemetry {
namespace {

std::size_t place_of(const Label& label, std::string_view value) {
  const auto found = std::ranges::find(label.values, value);
  const auto place = static_cast<std::size_t>(found - label.values.begin());
  return std::min(place, label.values.size() - 1);
}

}  // namespace

Counters::Counters(Label first, Label second)
    : first_(std::move(first)), second_(std::move(second)), counters_(first_.values.size() * second_.values.size()) {}

void Counters::add(std::string_view first, std::string_view second, std::uint64_t more) {
  counters_[place_of(first_, first) * second_.values.size() + place_of(second_, second)].add(more);
}

std::uint64_t Counters::value(std::size_t first, std::size_t second) const {
  return counters_[first * second_.values.size() + second].value();
}

}  // namespace secureauth::telemetry
