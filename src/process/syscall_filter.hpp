#pragma once

namespace secureauth::process {

/// Leaves every thread of this process, and those that it starts later, only the system calls that a started service
/// makes. Others are answered as by a kernel that has not got them (ENOSYS); those that only an intruder makes, such as
/// running a program, tracing a process or changing who one is, end the process at once, which the kernel logs. Cannot
/// be taken back; sets no_new_privs. Threads start, processes do not; nothing listens anew. Throws std::system_error
/// where the kernel has no filters. Source: seccomp(2); the list was made by running the tests under it, see
/// docs/adr/0028.
void filter_system_calls();

}  // namespace secureauth::process
