#include "settings/limits_off.hpp"

#include <gtest/gtest.h>

namespace secureauth::settings {
namespace {

Config guarded() {
  Config config;
  auto& rates = config.rate_limits;
  for (auto* limit : {&rates.usual, &rates.sign_up, &rates.login, &rates.verify, &rates.reset, &rates.password_check}) {
    limit->requests = 1;
  }
  config.lockout_address_threshold = 1;
  config.proof_of_work = protection::ProofOfWork::Demand::automatic;
  config.http_max_connections_per_address = 1;
  return config;
}

TEST(LimitsOffTest, NamesWhatIsOff) {  // ASVS 6.1.1
  EXPECT_EQ(limits_off(guarded()), "");
  auto config = guarded();
  config.rate_limits.login.requests = 0;
  config.proof_of_work = protection::ProofOfWork::Demand::off;
  EXPECT_EQ(limits_off(config), "RATE_LIMIT_LOGIN PROOF_OF_WORK");
}

TEST(LimitsOffTest, KnowsEveryLimit) {
  Config config;
  config.proof_of_work = protection::ProofOfWork::Demand::off;
  EXPECT_EQ(limits_off(config),
            "RATE_LIMIT_REQUESTS RATE_LIMIT_REGISTER RATE_LIMIT_LOGIN RATE_LIMIT_VERIFY RATE_LIMIT_RESET "
            "RATE_LIMIT_PASSWORD_CHECK LOCKOUT_ADDRESS_THRESHOLD PROOF_OF_WORK HTTP_MAX_CONNECTIONS_PER_ADDRESS");
}

}  // namespace
}  // namespace secureauth::settings
