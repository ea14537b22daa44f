#pragma once

#include <cstdint>
#include <filesystem>

namespace secureauth::process {

/// Landlock: what a process may still open and whom it may still call, by rules that it lays on itself and cannot take
/// back. By system calls, for libc has none of them. Rules hold for the thread that enters them and those that it
/// starts: before the first of these.
/// Source: https://docs.kernel.org/userspace-api/landlock.html.
class Landlock {
 public:
  /// The kernel's version of the interface, from 1; 0: it has none, or it is turned off.
  [[nodiscard]] static int version();

  /// What is limited besides files.
  struct Limits {
    bool ports = false;
    bool abstract_sockets = true;  ///< Unix sockets of processes beyond whose name is no file
  };

  /// Begins with nothing allowed, of what `version` knows: no file; from 4 on and where limited no TCP connection; from
  /// 6 on no signal to a process beyond, and where limited no abstract socket of one. Throws std::system_error.
  Landlock(int version, Limits limits);
  ~Landlock();
  Landlock(const Landlock&) = delete;
  Landlock& operator=(const Landlock&) = delete;

  /// A file, or a folder with all below it. What is not there is passed over. Throws std::system_error.
  void allow_reading(const std::filesystem::path& path);
  /// Reading, writing, making and removing files; no folders, links or devices.
  void allow_writing(const std::filesystem::path& path);
  /// TCP to this port, wherever; without effect where ports are not limited. Throws std::system_error.
  void allow_connecting(std::uint16_t port);

  [[nodiscard]] bool limits_ports() const { return limits_ports_; }

  /// From here on it holds. The thread must have no_new_privs, or CAP_SYS_ADMIN. Throws std::system_error.
  void enter();

 private:
  void allow(const std::filesystem::path& path, std::uint64_t access);

  int ruleset_;
  std::uint64_t handled_files_;
  bool limits_ports_;
};

}  // namespace secureauth::process
