#include "settings/development_secrets.hpp"
#include "settings/key_files.hpp"
#include "settings/key_purposes.hpp"
#include "settings/mistyped_names.hpp"
#include "settings/setting_sources.hpp"
#include "settings/setting_values.hpp"
#include "settings/settings_rules.hpp"
#include "settings/settings_table.hpp"

#include <sodium.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unistd.h>
#include <utility>

namespace secureauth::settings {
namespace {

constexpr std::string_view kMasked = "********";

/// Where development keeps its secrets: beside the record store when that is a file.
std::filesystem::path data_folder(const Config& config) {
  if (config.sqlite_path.empty()) return "data";
  const auto folder = config.sqlite_path.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

/// A colon, as in an IPv6 address, would cut what authenticator apps show.
std::string issuer(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "SecureAuth";
}

/// The pages that the service serves, and the front ends that may call it.
std::string passkey_origins(const Config& config) {
  auto origins = config.public_url.text;
  for (const auto& frontend : config.frontend_origins) origins += ',' + frontend;
  return origins;
}

std::string development_file(std::string_view setting) {
  std::string file = ".";
  for (const char c : setting) file.push_back(c == '_' ? '-' : static_cast<char>(c + ('a' - 'A')));
  return file;
}

/// A secret that nobody set, in development: the one that was made, or is made now. Throws BadValue. One that is not to
/// be made is empty, but still told as made, which is what serving does.
SettingSources::Found made_secret(const SettingDoc& doc, bool make_it, SettingsOutcome& outcome) {
  const auto folder = data_folder(outcome.config);
  const auto name = development_file(doc.name);
  try {
    if (!std::filesystem::exists(folder / name)) {
      outcome.absent_secrets.push_back(folder / name);
      if (!make_it) return {"", Source::generated};
    }
    return {development_secret(folder, name, outcome.warnings), Source::generated, folder / name};
  } catch (const std::filesystem::filesystem_error& error) {
    throw BadValue(std::string("cannot be made: ") + error.what());
  }
}

/// What a setting is when nobody set it: its default, or one that follows from others. Throws BadValue.
SettingSources::Found fallback(const SettingDoc& doc, bool make_secrets, SettingsOutcome& outcome) {
  const auto& config = outcome.config;
  if (doc.name == "PUBLIC_URL") return {"http://localhost:" + std::to_string(config.port), Source::built_in};
  if (doc.name == "SESSION_COOKIE_NAME" && !config.cookie_secure) return {"sid", Source::built_in};
  if (doc.name == "TOTP_ISSUER") return {issuer(config.public_url.host), Source::built_in};
  if (doc.name == "WEBAUTHN_RP_ID" || doc.name == "WEBAUTHN_RP_NAME") return {config.public_url.host, Source::built_in};
  if (doc.name == "WEBAUTHN_ORIGINS") return {passkey_origins(config), Source::built_in};
  const bool production = config.environment == Environment::production;
  if (doc.name == "MFA_REQUIRED_ROLES") return {production ? "staff,admin" : "none", Source::built_in};
  if (doc.name == "API_DOCS") return {production ? "false" : "true", Source::built_in};  // ASVS 13.4.5
  if (doc.secret && !doc.optional && !production) return made_secret(doc, make_secrets, outcome);
  return {std::string(doc.default_text), Source::built_in};
}

std::string shown(const SettingRow& row, const SettingSources::Found& found) {
  const bool there = !found.value.empty() || found.source == Source::generated;
  if (row.doc.secret && there) return std::string(kMasked);
  return row.shown == nullptr ? found.value : row.shown(found.value);
}

void refuse_example(const SettingDoc& doc, const std::string& value) {
  if (!doc.secret || doc.foreign || !is_example_secret(value)) return;
  throw BadValue("is an example that everybody knows; make one with `openssl rand -hex 32`");
}

/// What lay beside the file of a key as its successor when that was read, or what was wrong with it.
struct NextKey {
  std::optional<std::string> text = std::nullopt;
  std::optional<BadValue> mistake = std::nullopt;
};
/// By the setting of the key.
using NextKeys = std::map<std::string, NextKey>;

/// The successor or the predecessors of a key, from beside its file where they have no setting of their own.
std::optional<SettingSources::Found> beside(const SettingDoc& doc, const Config& config, NextKeys& next_keys) {
  const auto file = config.key_files.find(std::string(doc.key));
  if (file == config.key_files.end()) return std::nullopt;
  std::optional<std::string> text;
  if (doc.name.ends_with("_NEXT")) {
    auto next = std::exchange(next_keys[file->first], {});
    if (next.mistake) throw BadValue(next.mistake->what());
    text = std::move(next.text);
  } else {
    text = read_beside(file->second, kOldKeys);
  }
  if (!text) return std::nullopt;
  return SettingSources::Found{*std::move(text), Source::file};
}

bool is_key(const SettingDoc& doc) {
  return std::ranges::find(key_purposes(), doc.name, &KeyPurpose::setting) != key_purposes().end();
}

/// To be done before the key itself is read, while `keys rotate --files` may move its successor into its place.
void read_next_key(const SettingDoc& doc, const SettingSources& sources, const Config& config, NextKeys& next_keys) {
  const std::string name(doc.name);
  auto file = sources.file_of(name);
  if (!file && config.environment == Environment::development) file = data_folder(config) / development_file(name);
  if (!file) return;
  try {
    next_keys[name].text = read_beside(*file, kNextKey);
  } catch (const BadValue& mistake) {
    next_keys[name].mistake = mistake;
  }
}

/// Where the key lies in a file, made or mounted: its successor and predecessors may lie beside it.
void note_key_file(const SettingDoc& doc, const SettingSources& sources, Source source, Config& config) {
  auto file = sources.file_of(std::string(doc.name));
  if (source == Source::generated) file = data_folder(config) / development_file(doc.name);
  if (file) config.key_files.emplace(doc.name, *file);
}

/// Finds, checks and applies one setting. Throws BadValue.
void read_setting(const SettingRow& row, const SettingsInput& input, SettingSources& sources, KeyUnwrapper& unwrapper,
                  NextKeys& next_keys, SettingsOutcome& outcome) {
  const std::string name(row.doc.name);
  if (row.environment_only) sources.refuse_in_dotenv(name);
  if (is_key(row.doc)) read_next_key(row.doc, sources, outcome.config, next_keys);
  auto found = sources.find(name);
  std::string_view unwrapped_by;
  if (!found && !row.doc.key.empty()) found = beside(row.doc, outcome.config, next_keys);
  if (found) {
    if (holds_wrapped(found->value)) {
      found->value = unwrapper.unwrap(outcome.config.key_unwrap, found->value);
      unwrapped_by = outcome.config.key_unwrap.by();
    }
    refuse_example(row.doc, found->value);
    if (row.doc.secret && found->source == Source::dotenv) sources.warn_if_others_read_dotenv(outcome.warnings);
  } else {
    // A start that will be refused writes nothing, least of all into a folder that a mistake names.
    const bool make_secrets = input.make_development_secrets && outcome.mistakes.empty();
    found = fallback(row.doc, make_secrets, outcome);
  }
  // Beside a wrapped key nothing is written: it would lie there unwrapped.
  if (unwrapped_by.empty()) {
    if (is_key(row.doc)) note_key_file(row.doc, sources, found->source, outcome.config);
  } else {
    outcome.config.wrapped_keys.insert(name);
  }
  outcome.config.fingerprints[name] = crypto::sha256(crypto::as_bytes(found->value));
  if (!found->file.empty()) outcome.config.settings_files.push_back(found->file);
  if (!found->value.empty()) row.apply(outcome.config, found->value);
  const bool wrapped = !unwrapped_by.empty();
  outcome.in_force.push_back(
      {name, wrapped ? std::string(kMasked) : shown(row, *found), found->source, std::string(unwrapped_by)});
  if (row.doc.secret || wrapped) sodium_memzero(found->value.data(), found->value.size());
}

}  // namespace

SettingsOutcome load_settings(const SettingsInput& input) {
  SettingsOutcome outcome;
  SettingSources sources(input, outcome.mistakes);
  if (std::error_code absent; std::filesystem::exists(input.dotenv_path, absent)) {
    outcome.config.settings_files.push_back(input.dotenv_path);
  }
  KeyUnwrapper unwrapper(input.unwrapped);
  NextKeys next_keys;
  std::set<std::string> bad;
  std::size_t unobtainable = 0;
  for (const auto& row : settings_table()) {  // in its order: a default may follow from a setting above it
    try {
      read_setting(row, input, sources, unwrapper, next_keys, outcome);
    } catch (const BadValue& mistake) {
      if (dynamic_cast<const Unobtainable*>(&mistake) != nullptr) ++unobtainable;
      outcome.mistakes.push_back(std::string(row.doc.name) + ' ' + mistake.what());
      bad.emplace(row.doc.name);
      // So that what follows from it is not told as another mistake.
      if (!row.doc.default_text.empty()) row.apply(outcome.config, std::string(row.doc.default_text));
    }
  }
  for (const auto& name : sources.unknown(setting_docs())) {
    const auto near = nearest_name(name, setting_docs());
    outcome.mistakes.push_back(name + " is no setting" + (near ? "; did you mean " + *near + "?" : ""));
  }
  // What rules say then may follow from what is not there.
  outcome.may_pass = unobtainable > 0 && outcome.mistakes.size() == unobtainable;
  for (auto& line : mistyped_names(input.environment, setting_docs())) outcome.warnings.push_back(std::move(line));
  drop_doubles(outcome.config);
  check_rules(outcome.config, bad, outcome.mistakes);
  if (outcome.mistakes.empty()) unwrapper.forget_others();
  for (auto& [name, next] : next_keys) {  // beside a wrapped key, or one that is in no file
    if (next.text) sodium_memzero(next.text->data(), next.text->size());
  }
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
  static const auto unwrapped = std::make_shared<UnwrappedKeys>();
  SettingsInput input;
  input.unwrapped = unwrapped;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) input.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return input;
}

}  // namespace secureauth::settings
