#pragma once

#include <string>
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

}  // namespace secureauth::webauthn
