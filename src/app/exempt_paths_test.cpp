#include "app/exempt_paths.hpp"

#include <gtest/gtest.h>

namespace secureauth::app {
namespace {

TEST(ExemptPathsTest, AMistypedPathIsRefused) {
  http::Router router;
  http::Route me;
  me.pattern = "/auth/me";
  me.method = http::Method::get;
  router.add(std::move(me));
  EXPECT_NO_THROW(check_exempt_paths(router, {"/auth/me"}));
  EXPECT_THROW(check_exempt_paths(router, {"/auth/me", "/auth/mee"}), std::invalid_argument);
}

}  // namespace
}  // namespace secureauth::app
