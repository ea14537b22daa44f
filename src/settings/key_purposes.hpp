#pragma once

#include "settings/config.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace secureauth::settings {

/// One kind of key in the settings: `keys list`, the reload on SIGHUP and docs/keys.md go by this list.
struct KeyPurpose {
  std::string_view name;  ///< as `secureauth keys rotate` takes it
  std::string_view setting;
  std::string_view next_setting;
  std::string_view old_setting;
  crypto::KeyGenerations Config::* keys;
  /// A key's id in the form in which what it made names it: see docs/keys.md.
  std::string (*id_of)(const crypto::SecretBytes& key);
  /// How long what an old key made may come back, where nothing counts it.
  std::chrono::seconds (*comes_back_for)(const Config& config);
};

/// In the order of the settings.
[[nodiscard]] std::span<const KeyPurpose> key_purposes();

/// The one of that name, or null.
[[nodiscard]] const KeyPurpose* key_purpose(std::string_view name);

/// Takes away what stands twice where keys come from files: one that moves up is in two of them for a moment.
void drop_doubles(Config& config);

}  // namespace secureauth::settings
