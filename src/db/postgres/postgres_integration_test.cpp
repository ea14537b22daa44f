#include <gtest/gtest.h>

#include <cstdlib>

namespace secureauth::db {
namespace {

TEST(PostgresIntegration, NeedsAServer) {
  if (std::getenv("SECUREAUTH_TEST_POSTGRES") == nullptr) GTEST_SKIP() << "SECUREAUTH_TEST_POSTGRES is not set";
}

}  // namespace
}  // namespace secureauth::db
