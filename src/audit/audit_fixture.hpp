#pragma once

#include "audit/address_digest.hpp"
#include "audit/audit_log.hpp"

namespace secureauth::audit {

/// Keys for tests of parts that write audit entries.
inline const AuditKeys& keys_for_tests() {
  static const AuditKeys keys(crypto::SecretBytes(32), {});
  return keys;
}

/// The same of addresses that nobody has.
inline const AddressDigest& digest_for_tests() {
  static const AddressDigest digest(crypto::SecretBytes(32));
  return digest;
}

}  // namespace secureauth::audit
