#pragma once

#include "crypto/rotating_key.hpp"
#include "settings/config.hpp"
#include "settings/key_purposes.hpp"

namespace secureauth::keys {

/// The master keys, for everything that derives its own from one of them.
struct Keys {
  explicit Keys(const settings::Config& config)
      : secret(config.secret_key.clone()),
        csrf(config.csrf_secret.clone()),
        pepper(config.password_pepper.clone()),
        totp(config.totp_key.clone()),
        audit(config.audit_key.clone()),
        token(config.token_key.clone()) {}

  [[nodiscard]] const crypto::RotatingKey& of(const settings::KeyPurpose& purpose) const {
    if (purpose.name == "secret") return secret;
    if (purpose.name == "csrf") return csrf;
    if (purpose.name == "pepper") return pepper;
    if (purpose.name == "totp") return totp;
    return purpose.name == "audit" ? audit : token;
  }

  crypto::RotatingKey secret;
  crypto::RotatingKey csrf;
  crypto::RotatingKey pepper;
  crypto::RotatingKey totp;
  crypto::RotatingKey audit;
  crypto::RotatingKey token;
  /// Not of the settings: the record store keeps it (names_key.hpp). Nothing before Components::load_names_key().
  crypto::RotatingKey names{crypto::SecretBytes(32)};
};

}  // namespace secureauth::keys
