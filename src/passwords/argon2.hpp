#pragma once

#include "crypto/random.hpp"
#include "crypto/secret_bytes.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace secureauth::passwords {

/// The cost of one Argon2id hash. Defaults are OWASP's second choice; RFC 9106 §4 names (65536, 3, 4) as better.
struct Argon2Cost {
  unsigned memory_kib = 19456;
  unsigned time = 2;
  unsigned parallelism = 1;
};

/// Roughly what one hash of this cost takes on one core: about a microsecond for two KiB and pass.
[[nodiscard]] constexpr std::chrono::microseconds guess_duration(Argon2Cost cost) {
  return std::chrono::microseconds(std::uint64_t{cost.memory_kib} * cost.time / 2);
}

/// Hashes into a PHC string: Argon2id v19, 128-bit salt, 256-bit tag. libsodium does it (its AVX2 code is 1.4 to 2
/// times as fast as Debian's libargon2); it makes p = 1 only, so any other goes to libargon2. Blocks for the whole
/// cost: only the hashing pool calls it. Throws std::bad_alloc when the arena cannot be had.
[[nodiscard]] std::string argon2_hash(const crypto::SecretBytes& password, Argon2Cost cost, crypto::Random& random);

/// Whether the password made this PHC string; false for a string that is none, or whose cost is beyond what this
/// service would ever set (1 GiB, t 64, p 16): a planted hash must not be a denial of service. Blocks.
[[nodiscard]] bool argon2_verify(const crypto::SecretBytes& password, const std::string& phc);

/// A well-formed PHC string of this cost that no password matches: what an unknown address is verified against.
[[nodiscard]] std::string argon2_decoy(Argon2Cost cost, crypto::Random& random);

}  // namespace secureauth::passwords
