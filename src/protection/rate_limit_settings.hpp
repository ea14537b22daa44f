#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace secureauth::protection {

/// RATE_LIMIT_REQUESTS and what follows it.
struct RateLimitSettings {
  struct Limit {
    std::int64_t requests = 0;  ///< 0: off
    std::chrono::seconds window{};

    [[nodiscard]] bool is_on() const { return requests > 0; }
  };

  Limit usual;  ///< of all routes under /auth
  Limit sign_up;
  Limit login;
  Limit verify;
  Limit reset;
  Limit password_check;             ///< alone: while somebody types it uses up nothing else
  std::vector<std::string> exempt;  ///< paths whose safe methods do not count against `usual`
};

}  // namespace secureauth::protection
