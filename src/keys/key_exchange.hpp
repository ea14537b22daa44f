#pragma once

#include "crypto/rotating_key.hpp"

#include <string_view>
#include <vector>

namespace secureauth::keys {

/// Other keys for one purpose.
struct KeyExchange {
  std::string_view purpose;
  const crypto::RotatingKey* key = nullptr;
  crypto::KeyGenerations generations;
};

/// Puts all of them in force. When one cannot be, those before it are taken back and std::runtime_error names the
/// purpose: none is in force then that was not.
void exchange_keys(std::vector<KeyExchange> all);

}  // namespace secureauth::keys
