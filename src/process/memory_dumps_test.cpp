#include "process/memory_dumps.hpp"

#include "process/child_fixture.hpp"

#include <gtest/gtest.h>

#include <sys/prctl.h>
#include <sys/resource.h>

namespace secureauth::process {
namespace {

rlim_t core_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_CORE, &limit);
  return limit.rlim_cur;
}

// ASVS 11.7.1
TEST(MemoryDumpsTest, AreForbiddenUntilTheyArePermittedAgain) {
  const auto status = in_child([] {
    rlimit limit{};
    ::getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_CORE, &limit);
    ::prctl(PR_SET_DUMPABLE, 1);
    for (int times = 0; times < 2; ++times) {
      forbid_memory_dumps();
      if (::prctl(PR_GET_DUMPABLE) != 0) return 1;
      if (core_limit() != 0) return 2;
    }
    permit_memory_dumps();
    if (::prctl(PR_GET_DUMPABLE) != 1) return 3;
    return core_limit() == limit.rlim_max ? 0 : 4;
  });
  EXPECT_TRUE(ended_with(status, 0)) << WEXITSTATUS(status);
}

}  // namespace
}  // namespace secureauth::process
