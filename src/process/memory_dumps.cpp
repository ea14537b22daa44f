#include "process/memory_dumps.hpp"

#include <optional>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace secureauth::process {
namespace {

/// What was in force before the first call. Written before threads start.
struct Before {
  int dumpable = 1;
  rlimit cores{};
};
std::optional<Before> before;

}  // namespace

void forbid_memory_dumps() {
  if (!before) {
    before.emplace();
    before->dumpable = ::prctl(PR_GET_DUMPABLE);
    ::getrlimit(RLIMIT_CORE, &before->cores);
  }
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before->cores.rlim_max};
  ::setrlimit(RLIMIT_CORE, &none);
}

void permit_memory_dumps() {
  if (!before) return;
  ::setrlimit(RLIMIT_CORE, &before->cores);
  ::prctl(PR_SET_DUMPABLE, before->dumpable);
}

}  // namespace secureauth::process
