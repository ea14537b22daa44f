#pragma once

#include "passwords/fingerprint_table.hpp"

namespace secureauth::passwords {

/// resources/password_blacklist.txt, whose lines are case-folded, as the build put it into the binary.
[[nodiscard]] FingerprintTable listed_passwords();

}  // namespace secureauth::passwords
