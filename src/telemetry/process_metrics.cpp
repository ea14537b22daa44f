#include "telemetry/process_metrics.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace secureauth::telemetry {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Bytes: virtual and resident (proc(5), /proc/pid/statm).
struct Memory {
  double whole = 0;
  double resident = 0;
};
Memory memory() {
  Memory pages;
  std::ifstream("/proc/self/statm") >> pages.whole >> pages.resident;
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  return {pages.whole * page, pages.resident * page};
}

double open_files() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator file("/proc/self/fd", error), end; !error && file != end;
       file.increment(error)) {
    ++count;
  }
  return count > 0 ? count - 1 : 0;  // without the one that lists them
}

double file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

void expose_process(Exposition& to) {
  const auto [whole, resident] = memory();
  to.counter("process_cpu_seconds_total", "CPU time of the process, in user and system mode.");
  to.add(cpu_seconds());
  to.gauge("process_resident_memory_bytes", "Resident memory.", resident);
  to.gauge("process_virtual_memory_bytes", "Virtual memory.", whole);
  to.gauge("process_open_fds", "Open files and sockets.", open_files());
  to.gauge("process_max_fds", "How many may be open.", file_limit());
}

}  // namespace secureauth::telemetry
