#pragma once

#include "crypto/rotating_key.hpp"

namespace secureauth::crypto {

/// Keys as they stand beside one another in a rotation; without `old` there is none.
inline KeyGenerations generations(const SecretBytes& current, const SecretBytes* old) {
  KeyGenerations keys;
  keys.current = current.clone();
  if (old != nullptr) keys.old.push_back(old->clone());
  return keys;
}

}  // namespace secureauth::crypto
