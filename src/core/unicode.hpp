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

}  // namespace secureauth::unicode
