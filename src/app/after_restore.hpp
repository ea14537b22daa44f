#pragma once

#include "app/components.hpp"

#include <cstdint>

namespace secureauth::app {

/// Voids what a restored backup brought back and nobody can tell whether it was used since: sessions, mailed links,
/// pending registrations, sign-ins and set-ups under way, known and trusted browsers; `recovery_codes` too where asked
/// for. Recorded when all of it is done; may be run again. How many sessions ended. Many short statements. `components`
/// must outlive the call. Throws db::DatabaseError.
net::awaitable<std::uint64_t> void_restored(Components& components, bool recovery_codes);

}  // namespace secureauth::app
