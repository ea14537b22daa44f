#pragma once

#include "sessions/session_gate.hpp"

namespace secureauth::admin {

/// GET /admin/status: whether who asks may administer.
void add_status_route(http::Router& router, const sessions::SessionGate& gate);

}  // namespace secureauth::admin
