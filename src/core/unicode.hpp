#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The few Unicode questions the service asks, answered by utf8proc. Input that is not valid UTF-8 gives nothing.
namespace secureauth::unicode {

/// Normalization Form C (UAX #15). NUL is a character like any other.
[[nodiscard]] std::optional<std::string> nfc(std::string_view text);

/// Full case folding (Unicode §3.13), then NFC: equal for spellings that differ in case alone.
[[nodiscard]] std::optional<std::string> fold_case(std::string_view text);

/// Code points in valid UTF-8.
[[nodiscard]] std::size_t code_points(std::string_view text);

/// Whether every character can be seen: no control, format (bidi, zero-width), private-use or unassigned one, no
/// line or paragraph separator; a space only where `spaces` allows it.
[[nodiscard]] bool all_visible(std::string_view text, bool spaces);

/// Whether it is UTF-8 throughout.
[[nodiscard]] bool is_valid(std::string_view text);

/// The first code point; nothing of what does not begin with one.
[[nodiscard]] std::string_view first_character(std::string_view text);

/// `text` as one line that can be seen whole, of at most `most_bytes`: controls and separators of lines become spaces,
/// other invisible characters (bidi, zero-width, private-use) go, bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t most_bytes);

}  // namespace secureauth::unicode
