#pragma once

namespace secureauth::http {

// Sockets of one user that listen on one port with SO_REUSEPORT form a group, in the order in which they began to
// listen; one that is closed resets whoever waits in its own queue. When one leaves, the last one takes its place: so
// of two processes at most, the first has the first places, and the other moves there when it is gone.

/// Lets the kernel give every new connection to the process that came after this one, which has the first `own` places
/// of the group. Without such a process, or where the kernel will not, they are spread as before.
/// Source: socket(7), SO_ATTACH_REUSEPORT_CBPF.
void prefer_successor(int listener, unsigned own);

/// Spreads new connections over the whole group again, as is usual.
void even_out(int listener);

}  // namespace secureauth::http
