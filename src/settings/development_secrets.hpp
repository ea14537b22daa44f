#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::settings {

/// A secret for development, made with the system's generator once and kept in `folder`/`name` (mode 0600, the folder
/// 0700), as 64 hexadecimal digits. Of two processes at once one makes it and both get the same. A file that others
/// can read is reported to `warnings`. Throws std::filesystem::filesystem_error when it can be neither read
/// nor made, or holds no key.
[[nodiscard]] std::string development_secret(const std::filesystem::path& folder, std::string_view name,
                                             std::vector<std::string>& warnings);

}  // namespace secureauth::settings
