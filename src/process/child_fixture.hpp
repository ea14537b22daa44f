#pragma once

#include <exception>
#include <sys/wait.h>
#include <unistd.h>

namespace secureauth::process {

/// Runs `work` in a process of its own, which may give up what it likes. The wait status: `work`'s answer is the exit
/// status, 99 that it threw.
template <class Work>
int in_child(Work work) {
  constexpr int kThrew = 99;
  const auto child = ::fork();
  if (child == 0) {
    try {
      ::_exit(work());
    } catch (const std::exception&) {
      ::_exit(kThrew);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

inline bool ended_with(int status, int code) {
  return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

inline bool died_of(int status, int signal) {
  return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

}  // namespace secureauth::process
