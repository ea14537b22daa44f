#pragma once

namespace secureauth::process {

/// Keeps this process's memory from core files and from debuggers of the same user: no dumps (prctl(2),
/// PR_SET_DUMPABLE), no core files of what it runs either (RLIMIT_CORE). For the first line of a program, before
/// anything secret is read; may be called again.
void forbid_memory_dumps();

/// As it was before: for development, where faults are looked into.
void permit_memory_dumps();

}  // namespace secureauth::process
