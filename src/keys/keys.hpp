#pragma once

#include "crypto/rotating_key.hpp"
#include "settings/config.hpp"
#include "settings/key_purposes.hpp"

#include <utility>
#include <vector>

namespace secureauth::keys {

/// The master keys, for everything that derives its own from one of them.
class Keys {
  using Setting = crypto::KeyGenerations settings::Config::*;
  using OfSettings = std::vector<std::pair<Setting, crypto::RotatingKey>>;

  [[nodiscard]] static OfSettings all_of(const settings::Config& config);
  [[nodiscard]] const crypto::RotatingKey& of(Setting setting) const;

  OfSettings of_settings_;

 public:
  explicit Keys(const settings::Config& config);

  [[nodiscard]] const crypto::RotatingKey& of(const settings::KeyPurpose& purpose) const { return of(purpose.keys); }

  crypto::RotatingKey secret = of(&settings::Config::secret_key);
  crypto::RotatingKey csrf = of(&settings::Config::csrf_secret);
  crypto::RotatingKey pepper = of(&settings::Config::password_pepper);
  crypto::RotatingKey totp = of(&settings::Config::totp_key);
  crypto::RotatingKey audit = of(&settings::Config::audit_key);
  crypto::RotatingKey token = of(&settings::Config::token_key);
  /// Not of the settings: the record store keeps it (names_key.hpp). There is none before Components::load_names_key().
  crypto::RotatingKey names = crypto::RotatingKey::to_come();
};

}  // namespace secureauth::keys
