#pragma once

#include "crypto/key_ring.hpp"
#include "crypto/random.hpp"
#include "db/database.hpp"
#include "mail/outbox.hpp"
#include "settings/config.hpp"
#include "settings/key_purposes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::keys {

constexpr std::string_view kNotInSettings = "not in the settings";

/// A key as `keys list` tells it.
struct KeyStanding {
  std::string id;
  std::string state;  ///< current|next|old|not in the settings
  std::optional<Timestamp> since;
  struct Dependent {
    std::string_view name;  ///< in JSON
    std::string_view what;  ///< in a sentence
    std::int64_t count = 0;
  };
  std::vector<Dependent> dependents;
  /// Of an old one: until then something that it made may come back. Nothing where that is not known.
  std::optional<Timestamp> needed_until;
};

enum class Dependents { counted, left_out };

/// What knows of something that hangs on keys.
struct StandingParts {
  db::Database& database;
  const mail::Outbox& outbox;
  const crypto::KeyRing& totp_keys;
  crypto::Random& random;
};

/// Every key of one purpose, the current one first. Counting reads whatever hangs on keys of that purpose and of no
/// other, which may be the whole of a large table. Throws db::DatabaseError.
[[nodiscard]] std::vector<KeyStanding> key_standings(const StandingParts& parts, const settings::Config& config,
                                                     const settings::KeyPurpose& purpose,
                                                     Dependents dependents = Dependents::counted);

/// Whether rows hang on keys of this purpose: then a backup of the record store needs the keys of its time.
[[nodiscard]] bool is_needed_by_backups(const settings::KeyPurpose& purpose);

/// Why an old key cannot be retired yet, in words; empty when it can.
[[nodiscard]] std::vector<std::string> needs(const KeyStanding& key, Timestamp now);

/// Whether a running service has taken this key for the next one.
[[nodiscard]] bool is_announced(db::Database& database, const settings::KeyPurpose& purpose, const std::string& id);

/// Whether a running service has had it in force.
[[nodiscard]] bool is_noted(db::Database& database, const settings::KeyPurpose& purpose, const std::string& id);

/// Forgets since when it was what.
void forget_key(db::Database& database, const settings::KeyPurpose& purpose, const std::string& id);

}  // namespace secureauth::keys
