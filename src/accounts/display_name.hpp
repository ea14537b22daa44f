#pragma once

#include "core/error.hpp"

#include <optional>
#include <string>

namespace secureauth::accounts {

/// What a person wants to be called: 1 to 200 code points after NFC, visible characters and spaces only. It reaches
/// mails, pages and logs, so nothing that could break a line or turn the writing direction gets in.
/// Fails with validation_failed, field `name`, code `too_long`, `too_short` or `invalid_characters`.
[[nodiscard]] Result<std::string> parse_display_name(const std::string& text);

}  // namespace secureauth::accounts
