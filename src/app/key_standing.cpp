#include "app/key_standing.hpp"

#include "core/run_to_end.hpp"
#include "crypto/encoding.hpp"
#include "keys/key_store.hpp"
#include "keys/names_key.hpp"
#include "mfa/totp/totp_keys.hpp"
#include "passwords/pepper.hpp"
#include "protection/known_browsers.hpp"

#include <algorithm>
#include <map>

namespace secureauth::app {
namespace {

using std::chrono::seconds;

/// How long services may keep the set of public keys (token_routes.cpp).
constexpr seconds kSetIsKept{300};
/// How long what an old key made may come back, where nothing counts it. Of SECRET_KEY that is a browser's note, which
/// comes under the current one at each sign-in; a page cursor is used within the day.
seconds afterlife(const settings::KeyPurpose& purpose, const settings::Config& config) {
  if (purpose.name == "secret") {
    return std::max<seconds>(protection::KnownBrowsers::kKnown.life, config.mfa_trusted_browser);
  }
  if (purpose.name == "csrf") return config.session_absolute_timeout;
  if (purpose.name == "token") return config.tokens.ttl + kSetIsKept;
  return seconds(0);
}

using Counts = std::map<std::string, std::int64_t>;

/// Under which keys rows are, of the purposes whose rows name a key; read once for all keys.
struct Rows {
  Counts totp;
  Counts mails;
  std::string names;

  Rows() = default;
  Rows(Components& components, const settings::KeyPurpose& purpose) {
    auto& database = *components.database;
    if (purpose.name == "totp") {
      totp = run_to_end(mfa::TotpKeys(database, components.totp_keys, components.random).count());
    }
    if (purpose.name == "secret") {
      mails = run_to_end(components.outbox.count_sealed(database)).by_key;
      names = run_to_end(keys::names_key::sealed_under(database));
    }
  }

  /// Keys that are named there and nowhere in the settings.
  [[nodiscard]] std::vector<std::string> unknown(const std::vector<KeyStanding>& known) const {
    std::vector<std::string> ids;
    for (const auto* counts : {&totp, &mails}) {
      for (const auto& [id, count] : *counts) {
        const auto is_it = [&id](const KeyStanding& key) { return key.id == id; };
        if (std::ranges::none_of(known, is_it)) ids.push_back(id);
      }
    }
    return ids;
  }
};

std::int64_t count_in(const Counts& counts, const std::string& id) {
  const auto found = counts.find(id);
  return found == counts.end() ? 0 : found->second;
}

std::vector<KeyStanding::Dependent> dependents_of(Components& components, const settings::KeyPurpose& purpose,
                                                  const Rows& rows, const std::string& id,
                                                  const crypto::SecretBytes* key) {
  auto& database = *components.database;
  if (purpose.name == "totp") return {{"totp_secrets", "TOTP secrets", count_in(rows.totp, id)}};
  if (purpose.name == "secret") {
    return {{"mails", "mails", count_in(rows.mails, id)},
            {"names_key", "the names' key", rows.names == id && !id.empty() ? 1 : 0}};
  }
  if (purpose.name == "pepper" && key != nullptr) {
    const auto count = run_to_end(keys::key_store::count_peppered(database, passwords::Pepper::id_of(*key)));
    return {{"hashes", "passwords and recovery codes", count}};
  }
  if (purpose.name == "audit" && key != nullptr) {
    const auto count = run_to_end(keys::key_store::count_audited(database, *crypto::hex_decode(id), id));
    return {{"entries_and_heads", "audit entries and heads", count}};
  }
  return {};
}

void add_since(std::vector<KeyStanding>& keys, Components& components, const settings::KeyPurpose& purpose,
               const settings::Config& config) {
  const auto seen = run_to_end(keys::key_store::states(*components.database));
  for (auto& key : keys) {
    const auto is_it = [&](const keys::key_store::Seen& one) {
      return one.purpose == purpose.name && one.key_id == key.id && one.state == key.state;
    };
    const auto found = std::ranges::find_if(seen, is_it);
    if (found == seen.end()) continue;
    key.since = found->since;
    if (key.state == "old") key.needed_until = found->since + afterlife(purpose, config);
  }
}

}  // namespace

std::vector<KeyStanding> key_standings(Components& components, const settings::Config& config,
                                       const settings::KeyPurpose& purpose, Dependents dependents) {
  const bool counts = dependents == Dependents::counted;
  const Rows rows = counts ? Rows(components, purpose) : Rows();
  const auto& [current, next, old] = config.*purpose.keys;
  std::vector<KeyStanding> keys;
  const auto add = [&](const crypto::SecretBytes& key, const char* state) {
    if (key.empty()) return;
    auto id = settings::key_id(purpose, key);
    std::vector<KeyStanding::Dependent> found;
    if (counts) found = dependents_of(components, purpose, rows, id, &key);
    keys.push_back(
        {.id = std::move(id), .state = state, .since = {}, .dependents = std::move(found), .needed_until = {}});
  };
  add(current, "current");
  add(next, "next");
  for (const auto& key : old) add(key, "old");
  for (const auto& id : rows.unknown(keys)) {
    auto found = dependents_of(components, purpose, rows, id, nullptr);
    keys.push_back({.id = id,
                    .state = std::string(kNotInSettings),
                    .since = {},
                    .dependents = std::move(found),
                    .needed_until = {}});
  }
  add_since(keys, components, purpose, config);
  return keys;
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

bool is_announced(Components& components, const settings::KeyPurpose& purpose, const std::string& id) {
  const auto seen = run_to_end(keys::key_store::states(*components.database));
  return std::ranges::any_of(seen, [&](const keys::key_store::Seen& one) {
    return one.purpose == purpose.name && one.key_id == id && one.state == "next";
  });
}

bool is_noted(Components& components, const settings::KeyPurpose& purpose, const std::string& id) {
  const auto seen = run_to_end(keys::key_store::states(*components.database));
  return std::ranges::any_of(
      seen, [&](const keys::key_store::Seen& one) { return one.purpose == purpose.name && one.key_id == id; });
}

void forget_key(Components& components, const settings::KeyPurpose& purpose, const std::string& id) {
  run_to_end(keys::key_store::forget(*components.database, std::string(purpose.name), id));
}

}  // namespace secureauth::app
