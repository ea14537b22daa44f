#pragma once

#include "core/client_info.hpp"
#include "core/clock.hpp"
#include "core/locale.hpp"
#include "mail/kind.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace secureauth::mail {

/// A mail to be written: what it is, to whom, and what goes into its template. Values are data: whatever they hold,
/// they make no markup, no header and no second placeholder.
struct Letter {
  Kind kind;
  std::string recipient;  ///< the stored spelling, never a request's
  std::string email_key;  ///< canonical form of the address whose mailbox it is: what the hourly cap counts
  Locale locale = Locale::en;
  std::map<std::string, std::string> values;  ///< one for each of values_of(kind)
};

/// A link's life as a sentence says it, after "within" and "innerhalb von": "24 hours", "30 Minuten", "7 Tagen".
[[nodiscard]] std::string in_words(std::chrono::seconds validity, Locale locale);

/// A time as a sentence says it, to the minute: "24 November 2026, 15:38 UTC", "24. November 2026, 15:38 Uhr (UTC)".
[[nodiscard]] std::string in_words(Timestamp time, Locale locale);

/// Adds the values `time`, `ip` and `user_agent`, in the letter's language.
void say_when_and_where(Letter& letter, Timestamp when, const ClientInfo& client);

/// An address that its owner recognises and nobody else learns: `n…@example.org`.
[[nodiscard]] std::string masked(std::string_view address);

}  // namespace secureauth::mail
