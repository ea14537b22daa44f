#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::webauthn {

/// Who asks for credentials, and from where a browser may bring them. Origins are compared byte for byte (§13.4.9).
struct RelyingParty {
  std::string id;                        ///< WEBAUTHN_RP_ID
  std::vector<std::string> origins;      ///< WEBAUTHN_ORIGINS
  bool cross_origin = false;             ///< a frame of another origin may hold the page
  std::vector<std::string> top_origins;  ///< which pages may hold it; only heeded with cross_origin
};

/// §5.8.6
enum class UserVerification { required, preferred, discouraged };

/// As options and settings write it.
[[nodiscard]] constexpr std::string_view to_text(UserVerification asked) {
  constexpr std::array<std::string_view, 3> kTexts{"required", "preferred", "discouraged"};
  return kTexts.at(static_cast<std::size_t>(asked));
}

}  // namespace secureauth::webauthn
