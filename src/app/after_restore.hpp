#pragma once

#include "app/components.hpp"

namespace secureauth::app {

/// Voids what a restored backup brought back and nobody can tell whether it was used since: mailed links, pending
/// registrations, sign-ins and set-ups under way, known and trusted browsers; `recovery_codes` too where asked for. Not
/// sessions. Many short statements. `components` must outlive the call. Throws db::DatabaseError.
net::awaitable<void> void_pending(Components& components, bool recovery_codes);

}  // namespace secureauth::app
