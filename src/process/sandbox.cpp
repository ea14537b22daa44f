#include "process/sandbox.hpp"

#include "process/landlock.hpp"
#include "process/syscall_filter.hpp"
#include "telemetry/log.hpp"

#include <cerrno>
#include <stdexcept>
#include <sys/prctl.h>
#include <system_error>

namespace secureauth::process {
namespace {

constexpr const char* kNoBuild = "this build, for sanitizers or coverage, has no sandbox";

void require_landlock(int version) {
  if (version == 0) throw std::runtime_error("Landlock: the kernel has none, or it is turned off");
}

}  // namespace

bool has_sandbox() {
#ifdef SECUREAUTH_NO_SANDBOX
  return false;
#else
  return true;
#endif
}

template <class How>
void Sandbox::give_up(How how) {
  if (mode_ == settings::SandboxMode::off) return;
  try {
    if (!has_sandbox()) throw std::runtime_error(kNoBuild);
    how();
  } catch (const std::runtime_error& error) {  // std::system_error is one
    if (mode_ == settings::SandboxMode::required)
      throw std::runtime_error(std::string("SANDBOX=required: ") + error.what());
    missing_ = missing_.empty() ? error.what() : missing_ + "; " + error.what();
  }
}

void Sandbox::give_up_files(const Reach& reach) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    throw std::system_error(errno, std::generic_category(), "no_new_privs cannot be set");
  }
  give_up([&] {
    const auto version = Landlock::version();
    require_landlock(version);
    Landlock landlock(version, {.ports = reach.tcp_ports.has_value(), .abstract_sockets = !reach.abstract_sockets});
    for (const auto& path : reach.read) landlock.allow_reading(path);
    for (const auto& folder : reach.write) landlock.allow_writing(folder);
    landlock.allow_writing("/dev/null");
    if (reach.tcp_ports) {
      for (const auto port : *reach.tcp_ports) landlock.allow_connecting(port);
    }
    landlock.enter();
    landlock_ = version;
    limits_ports_ = landlock.limits_ports();
  });
  if (landlock_ == 0) return;
  for (const auto& gap : reach.gaps) {
    give_up([&gap] { throw std::runtime_error(gap); });
  }
}

void Sandbox::give_up_calls(bool memory_is_locked) {
  give_up([&] {
    filter_system_calls();
    filters_calls_ = true;
  });
  tell(memory_is_locked);
}

void Sandbox::tell(bool memory_is_locked) const {
  using telemetry::Level;
  if (mode_ == settings::SandboxMode::off) {
    telemetry::log(Level::warning, "the sandbox is off", {{"setting", "SANDBOX"}});
    return;
  }
  const bool whole = missing_.empty();
  telemetry::log(whole ? Level::info : Level::warning, whole ? "in the sandbox" : "the sandbox has gaps",
                 {{"landlock", std::int64_t{landlock_}},
                  {"ports", limits_ports_ ? "those of settings" : "any"},
                  {"seccomp", filters_calls_ ? "on" : "off"},
                  {"memory_locked", memory_is_locked ? "yes" : "no"},
                  {"dumpable", ::prctl(PR_GET_DUMPABLE) == 0 ? "no" : "yes"},
                  {"missing", missing_}});
}

}  // namespace secureauth::process
