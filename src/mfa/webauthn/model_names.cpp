#include "mfa/webauthn/model_names.hpp"

namespace secureauth::webauthn {

std::string_view model_name(const Aaguid&) {
  return {};
}

}  // namespace secureauth::webauthn
