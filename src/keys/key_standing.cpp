#include "keys/key_standing.hpp"

#include "accounts/password_credential.hpp"
#include "audit/audit_keys.hpp"
#include "audit/log_standing.hpp"
#include "core/run_to_end.hpp"
#include "keys/key_store.hpp"
#include "keys/names_key.hpp"
#include "mfa/recovery/recovery_codes.hpp"
#include "mfa/totp/totp_keys.hpp"
#include "passwords/pepper.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace secureauth::keys {
namespace {

/// How many rows each key has, by its id; "" for what no key can have made.
using Counts = std::map<std::string, std::int64_t>;

Counts count_mails(const StandingParts& parts, const crypto::KeyGenerations&) {
  return run_to_end(parts.outbox.count_sealed(parts.database)).by_key;
}

Counts count_names_key(const StandingParts& parts, const crypto::KeyGenerations&) {
  auto id = run_to_end(names_key::sealed_under(parts.database));
  return id.empty() ? Counts() : Counts{{std::move(id), 1}};
}

Counts count_hashes(const StandingParts& parts, const crypto::KeyGenerations& keys) {
  Counts counts;
  for (const auto* key : keys.all()) {
    const auto pattern = passwords::Pepper::pattern_of(*key);
    counts[crypto::key_id_of(*key)] = run_to_end(accounts::count_password_hashes(parts.database, pattern)) +
                                      run_to_end(mfa::RecoveryCodes::count_hashes(parts.database, pattern));
  }
  return counts;
}

Counts count_totp_secrets(const StandingParts& parts, const crypto::KeyGenerations&) {
  return run_to_end(mfa::TotpKeys(parts.database, parts.totp_keys, parts.random).count());
}

Counts count_signed(const StandingParts& parts, const crypto::KeyGenerations& keys) {
  Counts counts;
  for (const auto* key : keys.all()) {
    auto id = audit::AuditKeys::id_of(*key);
    const auto count = run_to_end(audit::count_signed(parts.database, id));
    counts.emplace(std::move(id), count);
  }
  return counts;
}

/// A kind of row that hangs on keys of one purpose.
struct Kind {
  std::string_view purpose;
  std::string_view name;  ///< in JSON
  std::string_view what;  ///< in a sentence
  /// Reads all of them.
  Counts (*count)(const StandingParts& parts, const crypto::KeyGenerations& keys);
};
constexpr std::array<Kind, 5> kKinds{{{"secret", "mails", "mails", &count_mails},
                                      {"secret", "names_key", "the names' key", &count_names_key},
                                      {"pepper", "hashes", "passwords and recovery codes", &count_hashes},
                                      {"totp", "totp_secrets", "TOTP secrets", &count_totp_secrets},
                                      {"audit", "entries_and_heads", "audit entries and heads", &count_signed}}};

/// What was counted of each kind, once for all keys.
using Counted = std::vector<std::pair<const Kind*, Counts>>;

Counted count(const StandingParts& parts, const settings::Config& config, const settings::KeyPurpose& purpose) {
  Counted counted;
  for (const auto& kind : kKinds) {
    if (kind.purpose == purpose.name) counted.emplace_back(&kind, kind.count(parts, config.*purpose.keys));
  }
  return counted;
}

std::vector<KeyStanding::Dependent> dependents_of(const Counted& counted, const std::string& id) {
  std::vector<KeyStanding::Dependent> dependents;
  for (const auto& [kind, counts] : counted) {
    const auto found = counts.find(id);
    dependents.push_back({kind->name, kind->what, found == counts.end() ? 0 : found->second});
  }
  return dependents;
}

/// Keys that rows name and the settings do not.
std::vector<std::string> unknown(const Counted& counted, const std::vector<KeyStanding>& known) {
  std::vector<std::string> ids;
  for (const auto& [kind, counts] : counted) {
    for (const auto& [id, count] : counts) {
      if (std::ranges::find(known, id, &KeyStanding::id) == known.end()) ids.push_back(id);
    }
  }
  return ids;
}

void add_since(std::vector<KeyStanding>& keys, db::Database& database, const settings::KeyPurpose& purpose,
               const settings::Config& config) {
  const auto seen = run_to_end(key_store::states(database));
  for (auto& key : keys) {
    const auto is_it = [&](const key_store::Seen& one) {
      return one.purpose == purpose.name && one.key_id == key.id && one.state == key.state;
    };
    const auto found = std::ranges::find_if(seen, is_it);
    if (found == seen.end()) continue;
    key.since = found->since;
    if (key.state == "old") key.needed_until = found->since + purpose.comes_back_for(config);
  }
}

}  // namespace

std::vector<KeyStanding> key_standings(const StandingParts& parts, const settings::Config& config,
                                       const settings::KeyPurpose& purpose, Dependents dependents) {
  const auto counted = dependents == Dependents::counted ? count(parts, config, purpose) : Counted();
  std::vector<KeyStanding> keys;
  const auto add = [&](std::string id, std::string_view state) {
    auto found = dependents_of(counted, id);
    keys.push_back({.id = std::move(id),
                    .state = std::string(state),
                    .since = {},
                    .dependents = std::move(found),
                    .needed_until = {}});
  };
  const auto& [current, next, old] = config.*purpose.keys;
  if (!current.empty()) add(purpose.id_of(current), "current");
  if (!next.empty()) add(purpose.id_of(next), "next");
  for (const auto& key : old) add(purpose.id_of(key), "old");
  for (auto& id : unknown(counted, keys)) add(std::move(id), kNotInSettings);
  add_since(keys, parts.database, purpose, config);
  return keys;
}

bool is_needed_by_backups(const settings::KeyPurpose& purpose) {
  return std::ranges::find(kKinds, purpose.name, &Kind::purpose) != kKinds.end();
}

std::vector<std::string> needs(const KeyStanding& key, Timestamp now) {
  std::vector<std::string> needs;
  for (const auto& [name, what, count] : key.dependents) {
    if (count > 0) needs.push_back(std::to_string(count) + " × " + std::string(what) + " under it");
  }
  if (!key.needed_until) {
    needs.emplace_back("no running service has taken it for an old one yet: send SIGHUP first");
  } else if (*key.needed_until > now) {
    needs.push_back("what it made may come back until " + to_rfc3339(*key.needed_until));
  }
  return needs;
}

bool is_announced(db::Database& database, const settings::KeyPurpose& purpose, const std::string& id) {
  const auto seen = run_to_end(key_store::states(database));
  return std::ranges::any_of(seen, [&](const key_store::Seen& one) {
    return one.purpose == purpose.name && one.key_id == id && one.state == "next";
  });
}

bool is_noted(db::Database& database, const settings::KeyPurpose& purpose, const std::string& id) {
  const auto seen = run_to_end(key_store::states(database));
  return std::ranges::any_of(
      seen, [&](const key_store::Seen& one) { return one.purpose == purpose.name && one.key_id == id; });
}

void forget_key(db::Database& database, const settings::KeyPurpose& purpose, const std::string& id) {
  run_to_end(key_store::forget(database, std::string(purpose.name), id));
}

}  // namespace secureauth::keys
