#include "http/port_group.hpp"

#include "telemetry/log.hpp"

#include <cerrno>
#include <linux/filter.h>
#include <sys/socket.h>
#include <system_error>

namespace secureauth::http {

void prefer_successor(int listener, unsigned own) {
  sock_filter place{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = own};  // a place that nobody has: as before
  const sock_fprog program{.len = 1, .filter = &place};
  if (::setsockopt(listener, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0) return;
  telemetry::log(telemetry::Level::warning, "new connections cannot be left to another process",
                 {{"cause", std::generic_category().message(errno)}});
}

void even_out(int listener) {
  const int unused = 0;  // ENOENT: there was nothing to undo
  (void)::setsockopt(listener, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &unused, sizeof unused);
}

}  // namespace secureauth::http
