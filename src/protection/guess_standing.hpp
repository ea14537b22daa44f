#pragma once

#include "accounts/user.hpp"
#include "core/clock.hpp"

#include <cstdint>
#include <optional>

namespace secureauth::protection {

/// Wrong guesses at one authenticator of an account, as staff sees them.
struct GuessStanding {
  accounts::Factor authenticator{};
  bool known_browsers = false;       ///< of browsers that the account knows, or of all others together
  std::int64_t failed_in_a_row = 0;  ///< since the last right one
  bool locked = false;               ///< the next one is refused unseen
  std::optional<Timestamp> locked_until = std::nullopt;  ///< nothing while locked: no time helps
};

}  // namespace secureauth::protection
