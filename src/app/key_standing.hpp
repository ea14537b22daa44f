#pragma once

#include "app/components.hpp"
#include "app/key_purposes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::app {

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

/// Every key of one purpose, the current one first. Reads whatever hangs on keys of that purpose, which may be the
/// whole of a large table. Throws db::DatabaseError.
[[nodiscard]] std::vector<KeyStanding> key_standings(Components& components, const Config& config,
                                                     const KeyPurpose& purpose);

/// Why an old key cannot be retired yet, in words; empty when it can.
[[nodiscard]] std::vector<std::string> needs(const KeyStanding& key, Timestamp now);

}  // namespace secureauth::app
