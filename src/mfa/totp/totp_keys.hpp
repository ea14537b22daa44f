#pragma once

#include "crypto/key_ring.hpp"
#include "db/database.hpp"
#include "mfa/totp/totp_store.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace secureauth::mfa {

/// Under which keys TOTP secrets are sealed, and how all of them come under the current one while sign-ins, set-ups and
/// other rotations go on beside it. Stopped half-way, it is begun anew and finds the rest.
/// Source: OWASP ASVS 5.0 11.2.2; NIST SP 800-57 Part 1 §5.3.
class TotpKeys {
 public:
  TotpKeys(db::Database& database, const crypto::KeyRing& keys, crypto::Random& random)
      : database_(database), keys_(keys), random_(random) {}

  /// How many secrets each key has sealed, by key id; "" for what no key can have sealed.
  /// `go_on` is asked between two pages; where it says no, those so far.
  net::awaitable<std::map<std::string, std::int64_t>> count(const db::GoOn& go_on = db::kWithoutPause);

  struct Rotated {
    std::int64_t resealed = 0;
    std::int64_t unreadable = 0;  ///< under a key that is not in the ring, or altered; left as they are
  };
  /// Seals anew what is not under the current key, each secret by a statement of its own that spares what came between.
  net::awaitable<Rotated> rotate();

 private:
  net::awaitable<void> rotate(totp_store::Shelf shelf, Rotated& rotated);
  net::awaitable<void> reseal(totp_store::Shelf shelf, totp_store::Sealed sealed, Rotated& rotated);

  db::Database& database_;
  const crypto::KeyRing& keys_;
  crypto::Random& random_;
};

}  // namespace secureauth::mfa
