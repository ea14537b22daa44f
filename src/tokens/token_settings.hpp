#pragma once

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
};

}  // namespace secureauth::tokens
