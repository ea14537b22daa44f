#pragma once

#include "audit/signed_head.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <stdexcept>

namespace secureauth::audit {

/// The newest head of the log is signed by a key that is not in the settings; says what to do.
class KeyNotKnown : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws KeyNotKnown where that is so: whoever records under another key writes entries that nobody can seal once that
/// key is gone again. A log without a head, or with one that was altered, which `audit verify` names, goes. Both
/// outlive the call.
net::awaitable<void> check_key_is_known(db::Executor& database, const HeadVerifier& heads);

}  // namespace secureauth::audit
