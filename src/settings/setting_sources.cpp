#include "settings/setting_sources.hpp"

#include "core/ascii.hpp"
#include "settings/setting_values.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

namespace secureauth::settings {
namespace {

constexpr std::string_view kFileEnding = "_FILE";

/// What stands behind `NAME=`: `text`, `'text'` or `"text"`, with a comment taken off. A `#` begins one where a blank
/// stands before it. Nothing when a quote is left open or text follows a closed one.
std::optional<std::string> dotenv_value(std::string_view text) {
  const auto start = ascii::trimmed(text);
  if (!start.empty() && (start.front() == '"' || start.front() == '\'')) {
    const auto end = start.find(start.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    const auto rest = ascii::trimmed(start.substr(end + 1));
    if (!rest.empty() && rest.front() != '#') return std::nullopt;
    return std::string(start.substr(1, end - 1));
  }
  const auto comment = std::min(text.find(" #"), text.find("\t#"));
  return std::string(ascii::trimmed(text.substr(0, comment)));
}

/// A mounted file's content without its last line break. Throws Unobtainable: whoever writes it may come later.
std::string read_value_file(const std::string& setting, const std::string& path) {
  constexpr std::streamsize kMost = 65536;
  std::string content(kMost, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(content.data(), kMost);  // a folder opens, but does not read
  if (!file.eof()) throw Unobtainable("cannot be read from " + setting + "_FILE=" + path);
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (content.ends_with('\n')) content.pop_back();
  if (content.ends_with('\r')) content.pop_back();
  // Never taken as unset: a mount that came up empty must not weaken what is in force.
  if (content.empty()) throw Unobtainable("is empty in " + setting + "_FILE=" + path);
  return content;
}

/// The value of a name that has one.
const std::string* value_of(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() || found->second.empty() ? nullptr : &found->second;
}

}  // namespace

SettingSources::SettingSources(const SettingsInput& input, std::vector<std::string>& mistakes)
    : environment_(input.environment), dotenv_path_(input.dotenv_path), mistakes_(mistakes) {
  read_dotenv();
}

void SettingSources::read_dotenv() {
  std::error_code absent;
  if (!std::filesystem::exists(dotenv_path_, absent)) return;
  std::ifstream file(dotenv_path_);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) read_dotenv_line(line, number);
  if (!file.eof()) mistakes_.push_back(dotenv_path_.string() + " cannot be read");
}

void SettingSources::read_dotenv_line(std::string_view line, int number) {
  auto text = ascii::trimmed(line);
  if (text.empty() || text.front() == '#') return;
  if (text.starts_with("export ")) text = ascii::trimmed(text.substr(7));
  const auto equals = text.find('=');
  const auto where = dotenv_path_.string() + " line " + std::to_string(number);
  if (equals == std::string_view::npos || equals == 0) {
    mistakes_.push_back(where + " is not NAME=value");
    return;
  }
  const std::string name(ascii::trimmed(text.substr(0, equals)));
  const auto value = dotenv_value(text.substr(equals + 1));
  if (!value) {
    mistakes_.push_back(name + " has a quote out of place in " + where);
  } else if (!dotenv_.emplace(name, *value).second) {
    mistakes_.push_back(name + " is set twice in " + dotenv_path_.string());
  }
}

std::optional<SettingSources::Found> SettingSources::find(const std::string& name) const {
  const auto file_name = name + std::string(kFileEnding);
  const auto in = [&](const Values& values, Source source, const std::string& where) -> std::optional<Found> {
    const auto* value = value_of(values, name);
    const auto* path = value_of(values, file_name);
    if (value != nullptr && path != nullptr) {
      throw BadValue("is set twice in " + where + ", by " + file_name + " too");
    }
    if (value != nullptr) return Found{*value, source};
    if (path != nullptr) return Found{read_value_file(name, *path), Source::file, *path};
    return std::nullopt;
  };
  if (auto found = in(environment_, Source::environment, "the environment")) return found;
  return in(dotenv_, Source::dotenv, dotenv_path_.string());
}

void SettingSources::refuse_in_dotenv(const std::string& name) const {
  for (const auto& one : {name, name + std::string(kFileEnding)}) {
    if (value_of(dotenv_, one) == nullptr) continue;
    throw BadValue("is taken from the environment of the process alone, never from " + dotenv_path_.string());
  }
}

std::optional<std::filesystem::path> SettingSources::file_of(const std::string& name) const {
  const auto file_name = name + std::string(kFileEnding);
  if (value_of(environment_, name) != nullptr) return std::nullopt;
  const auto* path = value_of(environment_, file_name);
  if (path == nullptr && value_of(dotenv_, name) == nullptr) path = value_of(dotenv_, file_name);
  if (path == nullptr) return std::nullopt;
  return *path;
}

void SettingSources::warn_if_others_read_dotenv(std::vector<std::string>& warnings) {
  const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  const bool loose = (std::filesystem::status(dotenv_path_).permissions() & others) != std::filesystem::perms::none;
  if (!loose || std::exchange(warned_, true)) return;
  warnings.push_back(dotenv_path_.string() + " holds secrets and can be read by others; run chmod 600 on it");
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

}  // namespace secureauth::settings
