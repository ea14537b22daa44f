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

/// Derives what hangs on all of them, then puts all of them in force, which cannot fail. When one cannot be derived,
/// std::runtime_error names its purpose and nothing has changed for anybody. Each key once; one exchange at a time.
void exchange_keys(std::vector<KeyExchange> all);

}  // namespace secureauth::keys
