#pragma once

#include "core/locale.hpp"

#include <string>
#include <string_view>

namespace secureauth::mail {

/// What a User-Agent says, in words of this service's own: "Firefox on Linux", "Chrome auf Windows"; "unknown" for
/// what it does not name. A stranger writes that header, and nothing a stranger writes may stand in a mail of ours.
[[nodiscard]] std::string browser_in_words(std::string_view user_agent, Locale locale);

}  // namespace secureauth::mail
