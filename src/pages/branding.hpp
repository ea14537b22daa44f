#pragma once

#include <filesystem>
#include <string>

namespace secureauth::pages {

/// The look of whoever runs the service, over the pages' own.
struct Branding {
  std::string style;      ///< `brand.css`: sets the custom properties of web/styles/theme.css; empty: none
  std::string logo;       ///< `logo.svg` or `logo.png`; empty: the service's own
  std::string logo_name;  ///< which of them
};

/// Reads BRANDING_DIR; an empty path gives nothing of one's own. Throws std::runtime_error, in one line, for a folder
/// that cannot be read or has neither file, and for a file above 256 KiB.
[[nodiscard]] Branding read_branding(const std::filesystem::path& folder);

}  // namespace secureauth::pages
