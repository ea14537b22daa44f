#pragma once

#include "core/clock.hpp"
#include "crypto/digest.hpp"

#include <cstdint>
#include <string_view>

namespace secureauth::protection {

/// Wrong passwords in a row: since the last right one, over all times and instances.
struct FailedGuesses {
  struct Share {
    std::int64_t in_a_row = 0;
    Timestamp last_failed_at;
    std::int64_t unlocked = 0;  ///< how often it was made whole: counts elsewhere that were begun before are void
  };
  Share known;    ///< from browsers that the account knows
  Share unknown;  ///< from all others

  [[nodiscard]] const Share& of(bool known_browser) const { return known_browser ? known : unknown; }
  [[nodiscard]] std::int64_t total() const { return known.in_a_row + unknown.in_a_row; }
  void set(std::string_view share, Share value) { (share == "known" ? known : unknown) = value; }
};

/// An address that passwords are guessed for, as a keyed digest: whether or not it has an account.
using GuessSubject = crypto::Sha256;

}  // namespace secureauth::protection
