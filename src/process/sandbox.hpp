#pragma once

#include "process/reach.hpp"
#include "settings/config.hpp"

#include <string>

namespace secureauth::process {

/// A service's process gives up what it does not need, so that who takes it over gains little: new privileges, files
/// and ports (Landlock) before its first thread starts, system calls (seccomp) once it serves. Nothing of it can be
/// taken back, and no program is run from then on.
/// With SANDBOX=auto what the kernel cannot do is left out, and told; with `required` it throws std::runtime_error,
/// whose text names the setting. Builds for sanitizers and coverage have none: these need what it takes away.
class Sandbox {
 public:
  explicit Sandbox(settings::SandboxMode mode) : mode_(mode) {}

  /// No new privileges by programs that are run, whatever the mode; then, of files and peers, `reach` alone. Before
  /// any other thread: those there are would stay free.
  void give_up_files(const Reach& reach);

  /// Leaves the system calls of a service that has started, in all threads, and writes to the log what is in force.
  void give_up_calls(bool memory_is_locked);

 private:
  template <class How>
  void give_up(How how);
  void tell(bool memory_is_locked) const;

  settings::SandboxMode mode_;
  int landlock_ = 0;  ///< the version in force; 0: none
  bool limits_ports_ = false;
  bool filters_calls_ = false;
  std::string missing_;
};

/// Whether this build has one.
[[nodiscard]] bool has_sandbox();

}  // namespace secureauth::process
