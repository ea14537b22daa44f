#include "settings/mistyped_names.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace secureauth::settings {
namespace {

constexpr std::string_view kFileEnding = "_FILE";

/// How many letters must be changed, left out, put in or swapped with the next one to make `b` of `a`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;  // the row above the one above
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

struct Nearest {
  std::string name;
  std::size_t distance;
};

/// The nearest name up to `farthest` away.
std::optional<Nearest> nearest(std::string_view typed, const std::vector<SettingDoc>& known, std::size_t farthest) {
  std::optional<Nearest> found;
  const auto consider = [&](std::string_view text, std::string_view name, std::string_view ending) {
    const auto lengths = std::minmax(text.size(), name.size());
    if (lengths.second - lengths.first > farthest) return;
    const auto distance = edit_distance(text, name);
    if (distance > farthest || (found && found->distance <= distance)) return;
    found = Nearest{std::string(name) + std::string(ending), distance};
  };
  for (const auto& doc : known) {
    consider(typed, doc.name, "");
    if (!typed.ends_with(kFileEnding)) continue;
    consider(typed.substr(0, typed.size() - kFileEnding.size()), doc.name, kFileEnding);
  }
  return found;
}

bool is_a_name_of_settings(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Kubernetes tells a container where each service of its namespace is: of one named smtps SMTPS_PORT beside
/// SMTPS_SERVICE_HOST. Source: Kubernetes documentation, Service, "Environment variables".
bool is_of_a_kubernetes_service(const std::string& name, const std::map<std::string, std::string>& environment) {
  constexpr std::string_view kPort = "_PORT";
  return name.ends_with(kPort) &&
         environment.contains(name.substr(0, name.size() - kPort.size()) + std::string("_SERVICE_HOST"));
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view typed, const std::vector<SettingDoc>& known) {
  constexpr std::size_t kNear = 3;
  const auto found = nearest(typed, known, kNear);
  if (!found) return std::nullopt;
  return found->name;
}

std::vector<std::string> mistyped_names(const std::map<std::string, std::string>& environment,
                                        const std::vector<SettingDoc>& known) {
  constexpr std::size_t kLong = 12;
  std::vector<std::string> lines;
  for (const auto& [name, value] : environment) {
    if (value.empty() || !std::ranges::all_of(name, is_a_name_of_settings)) continue;
    const auto found = nearest(name, known, name.size() < kLong ? 1 : 2);
    if (!found || found->distance == 0 || is_of_a_kubernetes_service(name, environment)) continue;
    lines.push_back(name + " in the environment is no setting; did you mean " + found->name + "?");
  }
  return lines;
}

}  // namespace secureauth::settings
