#include "keys/key_reload.hpp"

#include "audit/known_key.hpp"
#include "core/run_to_end.hpp"
#include "keys/key_exchange.hpp"
#include "keys/key_store.hpp"
#include "keys/names_key.hpp"
#include "telemetry/log.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace secureauth::keys {
namespace {

using telemetry::Level;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

bool is_key_setting(const std::string& name) {
  return std::ranges::any_of(settings::key_purposes(), [&name](const settings::KeyPurpose& purpose) {
    return name == purpose.setting || name == purpose.next_setting || name == purpose.old_setting;
  });
}

boost::json::object as_json(const KeyIds& ids) {
  boost::json::array old(ids.old.begin(), ids.old.end());
  return {{"current", ids.current}, {"next", ids.next}, {"old", std::move(old)}};
}

bool is_among(const std::string& id, const KeyIds& ids) {
  return id == ids.current || id == ids.next || std::ranges::find(ids.old, id) != ids.old.end();
}

/// The keys in force, current or old, that the settings name no more.
std::vector<std::string> lost(const KeyIds& before, const KeyIds& after) {
  std::vector<std::string> ids;
  if (!before.current.empty() && !is_among(before.current, after)) ids.push_back(before.current);
  for (const auto& id : before.old) {
    if (!is_among(id, after)) ids.push_back(id);
  }
  return ids;
}

/// Throws audit::KeyNotKnown where nothing could be sealed with these keys.
void check_audit_key(db::Database& database, const settings::Config& config) {
  const crypto::RotatingKey key(config.audit_key.clone());
  const audit::AuditKeys keys(key);
  const audit::HeadVerifier heads(keys);
  run_to_end(audit::check_key_is_known(database, heads));
}

/// The setting that a mistake is about, without what was found in it.
std::string setting_of(const std::string& mistake) {
  return mistake.substr(0, mistake.find(' '));
}

}  // namespace

KeyIds key_ids(const settings::KeyPurpose& purpose, const settings::Config& config) {
  const auto& [current, next, old] = config.*purpose.keys;
  KeyIds ids;
  if (!current.empty()) ids.current = purpose.id_of(current);
  if (!next.empty()) ids.next = purpose.id_of(next);
  for (const auto& key : old) ids.old.push_back(purpose.id_of(key));
  return ids;
}

KeyReload::KeyReload(const Parts& parts, const settings::Config& config)
    : parts_(parts), fingerprints_(config.fingerprints) {
  for (const auto& purpose : settings::key_purposes()) in_force_[purpose.name] = key_ids(purpose, config);
}

void KeyReload::begin() {
  note_states();
}

void KeyReload::operator()(const settings::SettingsInput& input) {
  try {
    auto outcome = settings::load_settings(input);
    for (const auto& warning : outcome.warnings) {
      telemetry::log(Level::warning, "settings read again", {{"warning", warning}});
    }
    if (outcome.mistakes.empty()) {
      put_in_force(std::move(outcome.config));
    } else {
      refuse(outcome.mistakes);
    }
  } catch (const std::exception& error) {
    refuse({std::string("keys cannot be put in force: ") + error.what()});
  }
}

std::vector<std::string> KeyReload::keys_lost(const settings::Config& config) const {
  const auto seen = run_to_end(key_store::states(parts_.database));
  std::vector<std::string> mistakes;
  for (const auto& purpose : settings::key_purposes()) {
    const auto after = key_ids(purpose, config);
    for (const auto& id : lost(in_force_.at(purpose.name), after)) {
      const auto is_it = [&](const key_store::Seen& one) { return one.purpose == purpose.name && one.key_id == id; };
      if (std::ranges::none_of(seen, is_it)) continue;  // `keys retire` let go of it
      const auto setting = after.current.empty() ? purpose.setting : purpose.old_setting;
      std::string mistake(setting);
      mistake.append(" names ").append(id).append(" no more, which is in force: put it back, or let go of it with ");
      mistake.append("`secureauth keys retire ").append(purpose.name).append(" ").append(id).append(" --force`");
      mistakes.push_back(std::move(mistake));
    }
  }
  return mistakes;
}

void KeyReload::put_in_force(settings::Config config) {
  std::vector<std::string> need_restart;
  for (const auto& [name, fingerprint] : config.fingerprints) {
    const auto before = fingerprints_.find(name);
    const bool changed = before == fingerprints_.end() || before->second != fingerprint;
    if (changed && !is_key_setting(name)) need_restart.push_back(name);
  }
  // Before anything is put in force: keys of another database are a mistake, and so is a key that is gone.
  const crypto::RotatingKey secret_key(config.secret_key.clone());
  crypto::KeyGenerations names;
  try {
    names = run_to_end(names_key::load(parts_.database, secret_key, parts_.random, parts_.clock));
    check_audit_key(parts_.database, config);
  } catch (const names_key::NotOpened& error) {
    refuse({error.what()});
    return;
  } catch (const audit::KeyNotKnown& error) {
    refuse({std::string("AUDIT_KEY cannot come into force: ") + error.what()});
    return;
  }
  if (const auto mistakes = keys_lost(config); !mistakes.empty()) {
    refuse(mistakes);
    return;
  }

  std::vector<KeyExchange> exchanges;
  std::map<std::string_view, KeyIds> in_force;
  boost::json::object changed;
  for (const auto& purpose : settings::key_purposes()) {
    auto ids = key_ids(purpose, config);
    const auto& before = in_force_[purpose.name];
    if (ids == before) continue;
    if (!is_among(ids.current, before)) {
      telemetry::log(Level::warning, "a key came into force that was not announced as the next one",
                     {{"purpose", purpose.name}, {"key_id", ids.current}});
    }
    exchanges.push_back({purpose.name, &parts_.keys.of(purpose), (config.*purpose.keys).clone()});
    changed[purpose.name] = as_json(ids);
    in_force.emplace(purpose.name, std::move(ids));
  }
  if (auto id = crypto::key_id_of(names.current); id != parts_.keys.names.ids().current) {
    changed[names_key::kName] = boost::json::object{{"current", std::move(id)}};
    exchanges.push_back({names_key::kName, &parts_.keys.names, std::move(names)});
  }
  exchange_keys(std::move(exchanges));
  for (auto& [purpose, ids] : in_force) in_force_[purpose] = std::move(ids);
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
    std::vector<key_store::Seen> all;
    const auto note = [&, now = parts_.clock.now()](std::string_view purpose, const std::string& id,
                                                    const char* state) {
      if (!id.empty()) all.push_back({std::string(purpose), id, state, now});
    };
    for (const auto& [purpose, ids] : in_force_) {
      note(purpose, ids.current, "current");
      note(purpose, ids.next, "next");
      for (const auto& id : ids.old) note(purpose, id, "old");
    }
    run_to_end(key_store::note(parts_.database, std::move(all)));
  } catch (const std::exception& error) {
    telemetry::log(Level::warning, "since when keys are in force was not noted", {{"cause", error.what()}});
  }
}

void KeyReload::record(audit::Outcome outcome, boost::json::object details) {
  try {
    audit::Entry entry{.event = audit::Event::keys_reloaded, .outcome = outcome, .details = std::move(details)};
    run_to_end(parts_.audit.record_alone(parts_.database, std::move(entry)));
  } catch (const std::exception& error) {
    telemetry::log(Level::warning, "the reload of keys was not recorded", {{"cause", error.what()}});
  }
}

}  // namespace secureauth::keys
