#pragma once

#include <functional>
#include <string_view>

namespace secureauth::passwords {

/// Whether `is_listed` holds for the password or for one of its stems: what is left without the digits and signs at its
/// ends and with letter substitutions undone (`P@ssw0rd2024!` → `password`). A stem counts only where it has four
/// letters and is more than half of the password, so that a passphrase may contain a listed word, and "love" does not
/// condemn `love8201947365`. At most a few hundred look-ups whatever the password. `folded` is case-folded UTF-8.
/// Source: NIST SP 800-63B-4 §3.1.1.2; OWASP ASVS 5.0 6.2.4.
[[nodiscard]] bool any_stem(std::string_view folded, const std::function<bool(std::string_view)>& is_listed);

}  // namespace secureauth::passwords
