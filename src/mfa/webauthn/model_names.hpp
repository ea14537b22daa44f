#pragma once

#include "mfa/webauthn/authenticator_data.hpp"

#include <string_view>

namespace secureauth::webauthn {

/// What people call this model of authenticators; empty: unknown.
[[nodiscard]] std::string_view model_name(const Aaguid& aaguid);

}  // namespace secureauth::webauthn
