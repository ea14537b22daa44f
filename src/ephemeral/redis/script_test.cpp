#include "ephemeral/redis/script.hpp"

#include <gtest/gtest.h>

namespace secureauth::ephemeral::redis {
namespace {

TEST(RedisScriptTest, TheDigestIsTheOneThatServersReckon) {  // SCRIPT LOAD "return 1" of Redis 7.0
  EXPECT_EQ(Script("return 1").digest(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

}  // namespace
}  // namespace secureauth::ephemeral::redis
