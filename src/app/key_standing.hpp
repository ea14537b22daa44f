#pragma once

#include "app/components.hpp"
#include "settings/key_purposes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::app {

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

/// Every key of one purpose, the current one first. Counting reads whatever hangs on keys of that purpose, which may be
/// the whole of a large table. Throws db::DatabaseError.
[[nodiscard]] std::vector<KeyStanding> key_standings(Components& components, const settings::Config& config,
                                                     const settings::KeyPurpose& purpose,
                                                     Dependents dependents = Dependents::counted);

/// Why an old key cannot be retired yet, in words; empty when it can.
[[nodiscard]] std::vector<std::string> needs(const KeyStanding& key, Timestamp now);

/// Whether a running service has taken this key for the next one.
[[nodiscard]] bool is_announced(Components& components, const settings::KeyPurpose& purpose, const std::string& id);

/// Whether a running service has had it in force.
[[nodiscard]] bool is_noted(Components& components, const settings::KeyPurpose& purpose, const std::string& id);

/// Forgets since when it was what.
void forget_key(Components& components, const settings::KeyPurpose& purpose, const std::string& id);

}  // namespace secureauth::app
