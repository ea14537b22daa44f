#include "app/key_reload.hpp"

#include "app/key_store.hpp"
#include "app/names_key.hpp"
#include "core/run_to_end.hpp"
#include "telemetry/log.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace secureauth::app {
namespace {

using telemetry::Level;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

bool is_key_setting(const std::string& name) {
  return std::ranges::any_of(key_purposes(), [&name](const KeyPurpose& purpose) {
    return name == purpose.setting || name == purpose.next_setting || name == purpose.old_setting;
  });
}

boost::json::object as_json(const KeyIds& ids) {
  boost::json::array old(ids.old.begin(), ids.old.end());
  return {{"current", ids.current}, {"next", ids.next}, {"old", std::move(old)}};
}

/// The setting that a mistake is about, without what was found in it.
std::string setting_of(const std::string& mistake) {
  return mistake.substr(0, mistake.find(' '));
}

}  // namespace

KeyIds key_ids(const KeyPurpose& purpose, const Config& config) {
  const auto& [current, next, old] = config.*purpose.keys;
  KeyIds ids;
  if (!current.empty()) ids.current = key_id(purpose, current);
  if (!next.empty()) ids.next = key_id(purpose, next);
  for (const auto& key : old) ids.old.push_back(key_id(purpose, key));
  return ids;
}

KeyReload::KeyReload(Components& components, const Config& config)
    : components_(components), fingerprints_(config.fingerprints) {
  for (const auto& purpose : key_purposes()) in_force_[purpose.name] = key_ids(purpose, config);
}

void KeyReload::begin() {
  note_states();
}

void KeyReload::operator()(const SettingsInput& input) {
  try {
    auto outcome = load_settings(input);
    for (const auto& warning : outcome.warnings) {
      telemetry::log(Level::warning, "settings read again", {{"warning", warning}});
    }
    if (outcome.mistakes.empty()) {
      put_in_force(std::move(outcome.config));
    } else {
      refuse(outcome.mistakes);
    }
  } catch (const std::exception& error) {
    refuse({std::string("SECRET_KEY cannot be put in force: ") + error.what()});
  }
}

void KeyReload::put_in_force(Config config) {
  std::vector<std::string> need_restart;
  for (const auto& [name, fingerprint] : config.fingerprints) {
    const auto before = fingerprints_.find(name);
    const bool changed = before == fingerprints_.end() || before->second != fingerprint;
    if (changed && !is_key_setting(name)) need_restart.push_back(name);
  }
  // Before anything is put in force: a SECRET_KEY of another database is a mistake, too.
  const crypto::RotatingKey secret_key(config.secret_key.clone());
  auto names = run_to_end(names_key::load(*components_.database, secret_key, components_.random, components_.clock));

  boost::json::object changed;
  for (const auto& purpose : key_purposes()) {
    auto ids = key_ids(purpose, config);
    auto& before = in_force_[purpose.name];
    if (ids == before) continue;
    const bool announced = ids.current == before.current || ids.current == before.next ||
                           std::ranges::find(before.old, ids.current) != before.old.end();
    if (!announced) {
      telemetry::log(Level::warning, "a key came into force that was not announced as the next one",
                     {{"purpose", purpose.name}, {"key_id", ids.current}});
    }
    components_.keys.of(purpose).replace((config.*purpose.keys).clone());
    changed[purpose.name] = as_json(ids);
    before = std::move(ids);
  }
  components_.keys.names.replace(std::move(names));
  if (!need_restart.empty()) {
    telemetry::log(Level::warning, "settings were changed that need a restart", {{"settings", joined(need_restart)}});
  }
  if (changed.empty()) {
    telemetry::log(Level::info, "settings read again: the keys are the same");
    return;
  }
  telemetry::log(Level::info, "keys reloaded", {{"keys", boost::json::serialize(changed)}});
  note_states();
  record(audit::Outcome::success, {{"keys", std::move(changed)}});
}

void KeyReload::refuse(const std::vector<std::string>& mistakes) {
  boost::json::array settings;
  for (const auto& mistake : mistakes) {
    telemetry::log(Level::error, "settings not reloaded: everything stays as it was", {{"mistake", mistake}});
    settings.emplace_back(setting_of(mistake));
  }
  record(audit::Outcome::failure, {{"settings", std::move(settings)}});
}

void KeyReload::note_states() {
  try {
    const auto now = components_.clock.now();
    const auto note = [&](std::string_view purpose, const std::string& id, const char* state) {
      if (id.empty()) return;
      run_to_end(key_store::note(*components_.database, {std::string(purpose), id, state, now}));
    };
    for (const auto& [purpose, ids] : in_force_) {
      note(purpose, ids.current, "current");
      note(purpose, ids.next, "next");
      for (const auto& id : ids.old) note(purpose, id, "old");
    }
  } catch (const std::exception& error) {
    telemetry::log(Level::warning, "since when keys are in force was not noted", {{"cause", error.what()}});
  }
}

void KeyReload::record(audit::Outcome outcome, boost::json::object details) {
  try {
    audit::Entry entry{.event = audit::Event::keys_reloaded, .outcome = outcome, .details = std::move(details)};
    run_to_end(components_.audit.record_alone(*components_.database, std::move(entry)));
  } catch (const std::exception& error) {
    telemetry::log(Level::warning, "the reload of keys was not recorded", {{"cause", error.what()}});
  }
}

}  // namespace secureauth::app
