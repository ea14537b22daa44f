#pragma once

#include "crypto/secret_bytes.hpp"
#include "tokens/token_keys.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace secureauth::tokens {

/// TOKEN_….
struct TokenSettings {
  std::vector<std::string> audiences;  ///< empty: nobody gets a token
  std::chrono::seconds ttl{};
  Algorithm algorithm = Algorithm::eddsa;
  crypto::SecretBytes key;       ///< 32 bytes; empty: nobody gets a token
  crypto::SecretBytes key_next;  ///< empty: none
  std::vector<crypto::SecretBytes> keys_old;
};

}  // namespace secureauth::tokens
