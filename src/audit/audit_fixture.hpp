#pragma once

#include "audit/audit_log.hpp"

namespace secureauth::audit {

/// Keys for tests of parts that write audit entries.
inline const AuditKeys& keys_for_tests() {
  static const AuditKeys keys(crypto::SecretBytes(32), {});
  return keys;
}

}  // namespace secureauth::audit
