#include "mfa/passkeys/passkey_settings.hpp"

#include "mfa/webauthn/model_names.hpp"

namespace secureauth::mfa {

std::string authenticator_name(const PasskeySettings& settings, const webauthn::Aaguid& aaguid) {
  if (webauthn::is_zero(aaguid)) return {};
  if (settings.attestation.trust != nullptr) {
    auto model = settings.attestation.trust->find(aaguid, {});
    if (model && !model->description.empty()) return std::move(model->description);
  }
  return std::string(webauthn::model_name(aaguid));
}

std::string default_passkey_name(const PasskeySettings& settings, const webauthn::Aaguid& aaguid) {
  auto model = authenticator_name(settings, aaguid);
  return model.empty() ? "Passkey" : model;
}

}  // namespace secureauth::mfa
