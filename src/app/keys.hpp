#pragma once

#include "app/config.hpp"
#include "app/key_purposes.hpp"
#include "crypto/rotating_key.hpp"

namespace secureauth::app {

/// The master keys, for everything that derives its own from one of them.
struct Keys {
  explicit Keys(const Config& config)
      : secret(config.secret_key.clone()),
        csrf(config.csrf_secret.clone()),
        pepper(config.password_pepper.clone()),
        totp(config.totp_key.clone()),
        audit(config.audit_key.clone()),
        token(config.token_key.clone()) {}

  [[nodiscard]] const crypto::RotatingKey& of(const KeyPurpose& purpose) const {
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

}  // namespace secureauth::app
