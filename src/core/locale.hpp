#pragma once

#include <optional>
#include <string_view>

namespace secureauth {

/// The languages that pages and mails are written in, by their BCP 47 tags: what `users.locale` holds.
enum class Locale { en, de };

[[nodiscard]] std::string_view to_text(Locale locale);

/// The language of a tag in any case, whatever follows its first subtag: `de`, `DE` and `de-AT` are German.
[[nodiscard]] std::optional<Locale> locale_from(std::string_view tag);

/// The language to write in to somebody whose tag was stored: English where nobody wrote theirs.
[[nodiscard]] Locale locale_or_english(std::string_view tag);

/// The language that an Accept-Language field prefers (RFC 9110 §12.5.4; `de-AT` counts as `de`): the highest quality,
/// of equal ones the first named; `*`, an empty or a malformed field, and languages that nobody wrote give English.
/// Reads at most 20 entries, so that no header costs more.
[[nodiscard]] Locale choose_locale(std::string_view accept_language);

}  // namespace secureauth
