#include "app/development_secrets.hpp"
#include "app/setting_sources.hpp"
#include "app/setting_values.hpp"
#include "app/settings_rules.hpp"
#include "app/settings_table.hpp"

#include <sodium.h>

#include <unistd.h>

namespace secureauth::app {
namespace {

constexpr std::string_view kMasked = "********";

/// The folder of the record store, where development keeps its secrets.
std::filesystem::path data_folder(const Config& config) {
  const auto folder = config.sqlite_path.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

/// What a setting is when nobody set it: its default, or one that follows from others.
SettingSources::Found fallback(const SettingDoc& doc, const Config& config, bool make_secrets,
                               std::vector<std::string>& warnings) {
  if (doc.name == "PUBLIC_URL") return {"http://localhost:" + std::to_string(config.port), Source::built_in};
  if (doc.name == "SESSION_COOKIE_NAME" && !config.cookie_secure) return {"sid", Source::built_in};
  if (doc.secret && make_secrets && config.environment == Environment::development) {
    std::string file = ".";
    for (const char c : doc.name) file.push_back(c == '_' ? '-' : static_cast<char>(c + ('a' - 'A')));
    return {development_secret(data_folder(config), file, warnings), Source::generated};
  }
  return {std::string(doc.default_text), Source::built_in};
}

std::string shown(const SettingDoc& doc, const std::string& value) {
  return doc.secret && !value.empty() ? std::string(kMasked) : value;
}

}  // namespace

SettingsOutcome load_settings(const SettingsInput& input) {
  SettingsOutcome outcome;
  SettingSources sources(input, outcome.mistakes);
  SettingFacts facts;
  for (const auto& row : settings_table()) {  // in its order: a default may follow from a setting above it
    const std::string name(row.doc.name);
    try {
      const auto given = sources.find(name);
      auto found = given ? *given : fallback(row.doc, outcome.config, input.make_development_secrets, outcome.warnings);
      if (given) facts.given.insert({name, found.value});
      if (!found.value.empty()) row.apply(outcome.config, found.value);
      outcome.in_force.push_back({name, shown(row.doc, found.value), found.source});
      if (row.doc.secret) sodium_memzero(found.value.data(), found.value.size());
    } catch (const BadValue& bad) {
      outcome.mistakes.push_back(name + ' ' + bad.what());
      facts.bad.insert(name);
    } catch (const std::filesystem::filesystem_error& error) {
      outcome.mistakes.push_back(name + " cannot be made: " + error.what());
      facts.bad.insert(name);
    }
  }
  for (const auto& name : sources.unknown(setting_docs())) {
    const auto near = nearest_name(name, setting_docs());
    outcome.mistakes.push_back(name + " is no setting" + (near ? "; did you mean " + std::string(*near) + "?" : ""));
  }
  check_rules(outcome.config, facts, outcome.mistakes);
  return outcome;
}

const std::vector<SettingDoc>& setting_docs() {
  static const std::vector<SettingDoc> docs = [] {
    std::vector<SettingDoc> all;
    for (const auto& row : settings_table()) all.push_back(row.doc);
    return all;
  }();
  return docs;
}

SettingsInput process_settings() {
  SettingsInput input;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) input.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return input;
}

}  // namespace secureauth::app
