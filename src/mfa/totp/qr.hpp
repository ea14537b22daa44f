#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::mfa {

/// A QR code (ISO/IEC 18004) with its quiet zone, dark on white whatever is behind it. The same text always gives the
/// same bytes. The text itself stands in neither: nothing in them can be markup.
struct QrImages {
  std::string svg;             ///< one path on a white ground, scaled to where it is shown; no script, no style
  std::vector<std::byte> png;  ///< two colours, eight pixels a module
};

/// Throws std::length_error when the text is longer than a QR code holds: about 2,300 bytes.
[[nodiscard]] QrImages qr_images(std::string_view text);

}  // namespace secureauth::mfa
