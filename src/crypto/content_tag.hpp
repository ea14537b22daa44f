#pragma once

#include <string>
#include <string_view>

namespace secureauth::crypto {

/// A short name for `content` that another content does not have: 16 hexadecimal digits of its SHA-256. Names a
/// version; not long enough to be secure against who seeks a collision.
[[nodiscard]] std::string content_tag(std::string_view content);

}  // namespace secureauth::crypto
