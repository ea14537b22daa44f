#include "app/setting_sources.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <numeric>

namespace secureauth::app {
namespace {

constexpr std::string_view kFileEnding = "_FILE";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// `text`, `'text'` or `"text"`, with ` # comment` behind an unquoted one taken off.
std::string unquoted(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
    return std::string(text.substr(1, text.size() - 2));
  }
  return std::string(trimmed(text.substr(0, text.find(" #"))));
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

SettingSources::SettingSources(const SettingsInput& input, std::vector<std::string>& mistakes)
    : environment_(input.environment), mistakes_(mistakes) {
  read_dotenv(input.dotenv_path);
}

void SettingSources::read_dotenv(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    auto text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    if (text.starts_with("export ")) text = trimmed(text.substr(7));
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      mistakes_.push_back(path.string() + " line " + std::to_string(number) + " is not NAME=value");
      continue;
    }
    const std::string name(trimmed(text.substr(0, equals)));
    const bool fresh = dotenv_.emplace(name, unquoted(trimmed(text.substr(equals + 1)))).second;
    if (!fresh) mistakes_.push_back(name + " is set twice in " + path.string());
  }
}

std::optional<SettingSources::Found> SettingSources::find(const std::string& name) {
  bool from_file = false;
  if (auto value = look_up(environment_, name, from_file)) {
    return Found{*std::move(value), from_file ? Source::file : Source::environment};
  }
  if (auto value = look_up(dotenv_, name, from_file)) {
    return Found{*std::move(value), from_file ? Source::file : Source::dotenv};
  }
  return std::nullopt;
}

std::optional<std::string> SettingSources::look_up(const Values& values, const std::string& name, bool& from_file) {
  const auto direct = values.find(name);
  const auto by_file = values.find(name + std::string(kFileEnding));
  const bool has_direct = direct != values.end() && !direct->second.empty();
  const bool has_file = by_file != values.end() && !by_file->second.empty();
  from_file = !has_direct && has_file;
  if (has_direct) return direct->second;
  if (!has_file) return std::nullopt;

  std::ifstream file(by_file->second, std::ios::binary);
  if (!file) {
    mistakes_.push_back(by_file->first + " names a file that cannot be read: " + by_file->second);
    return std::nullopt;
  }
  std::string content{std::istreambuf_iterator<char>(file), {}};
  if (content.ends_with('\n')) content.pop_back();
  if (content.ends_with('\r')) content.pop_back();
  return content;
}

std::vector<std::string> SettingSources::unknown(const std::vector<SettingDoc>& known) const {
  std::vector<std::string> names;
  for (const auto& [name, value] : dotenv_) {
    auto base = std::string_view(name);
    if (base.ends_with(kFileEnding)) base.remove_suffix(kFileEnding.size());
    const auto is_it = [&](const SettingDoc& doc) { return doc.name == name || doc.name == base; };
    if (std::ranges::none_of(known, is_it)) names.push_back(name);
  }
  return names;
}

std::optional<std::string_view> nearest_name(std::string_view typed, const std::vector<SettingDoc>& known) {
  constexpr std::size_t kNear = 3;
  std::optional<std::string_view> nearest;
  auto least = kNear + 1;
  for (const auto& doc : known) {
    const auto distance = edit_distance(typed, doc.name);
    if (distance < least) {
      least = distance;
      nearest = doc.name;
    }
  }
  return nearest;
}

}  // namespace secureauth::app
