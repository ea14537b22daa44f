#pragma once

#include "crypto/rotating_key.hpp"

#include <string>
#include <string_view>

namespace secureauth::audit {

/// Stands for an e-mail address in the audit log: the same for an address each time and on every instance, so that
/// attempts at one nobody has can be seen together, and nothing to who does not have the key. Thread-safe.
class AddressDigest {
 public:
  /// Its key is one of the names' key, which stays when SECRET_KEY changes, with a label of its own.
  explicit AddressDigest(const crypto::RotatingKey& names_key);

  /// Of the canonical form of an address: 22 characters, base64url.
  [[nodiscard]] std::string of(std::string_view email_key) const;

 private:
  crypto::DerivedKeys names_;
};

}  // namespace secureauth::audit
