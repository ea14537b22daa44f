#include "settings/limits_off.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace secureauth::settings {

std::string limits_off(const Config& config) {
  const auto& rates = config.rate_limits;
  const std::array<std::pair<bool, std::string_view>, 9> limits{{
      {rates.usual.is_on(), "RATE_LIMIT_REQUESTS"},
      {rates.sign_up.is_on(), "RATE_LIMIT_REGISTER"},
      {rates.login.is_on(), "RATE_LIMIT_LOGIN"},
      {rates.verify.is_on(), "RATE_LIMIT_VERIFY"},
      {rates.reset.is_on(), "RATE_LIMIT_RESET"},
      {rates.password_check.is_on(), "RATE_LIMIT_PASSWORD_CHECK"},
      {config.lockout_address_threshold > 0, "LOCKOUT_ADDRESS_THRESHOLD"},
      {config.proof_of_work != protection::ProofOfWork::Demand::off, "PROOF_OF_WORK"},
      {config.http_max_connections_per_address > 0, "HTTP_MAX_CONNECTIONS_PER_ADDRESS"},
  }};
  std::string off;
  for (const auto& [is_on, name] : limits) {
    if (is_on) continue;
    if (!off.empty()) off += ' ';
    off += name;
  }
  return off;
}

}  // namespace secureauth::settings
