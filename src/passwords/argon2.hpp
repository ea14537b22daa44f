#pragma once

#include "crypto/random.hpp"
#include "crypto/secret_bytes.hpp"
#include "passwords/phc.hpp"

#include <chrono>
#include <cstdint>

namespace secureauth::passwords {

/// Roughly what one hash of this cost takes on one core: about a microsecond for two KiB and pass.
[[nodiscard]] constexpr std::chrono::microseconds guess_duration(Argon2Cost cost) {
  return std::chrono::microseconds(std::uint64_t{cost.memory_kib} * cost.time / 2);
}

/// What fills the memory, and so what a guess costs: KiB times passes.
[[nodiscard]] constexpr std::uint64_t argon2_work(Argon2Cost cost) {
  return std::uint64_t{cost.memory_kib} * cost.time;
}

/// Whether guesses against `a` are cheaper than against `b` in either reading: less memory, or less work. Lanes do not
/// count: they shorten the wait of whoever has the cores, not the work.
[[nodiscard]] constexpr bool is_weaker(Argon2Cost a, Argon2Cost b) {
  return a.memory_kib < b.memory_kib || argon2_work(a) < argon2_work(b);
}

/// Within what this service would ever set: 1 GiB, t 64, p 16, and 8 GiB filled in all, which takes some four seconds.
/// A planted hash beyond it must not be a denial of service.
[[nodiscard]] bool is_bearable(Argon2Cost cost);

/// Hashes with Argon2id v19, a 128-bit salt and a 256-bit tag. libsodium does it (its AVX2 code is 1.4 to 2 times as
/// fast as Debian's libargon2); it makes p = 1 only, so any other goes to libargon2. Blocks for the whole cost: only
/// the hashing pool calls it. Throws std::bad_alloc when the arena cannot be had.
[[nodiscard]] Argon2Phc argon2_hash(const crypto::SecretBytes& password, Argon2Cost cost, crypto::Random& random);

/// Whether the password made this hash; any type, version and length that parses, false beyond is_bearable(). Its
/// `key_id` is not looked at: `password` is what was hashed, the pepper already in it. Blocks.
[[nodiscard]] bool argon2_verify(const crypto::SecretBytes& password, const Argon2Phc& hash);

/// A hash of this cost that no password matches: what an unknown address is verified against.
[[nodiscard]] Argon2Phc argon2_decoy(Argon2Cost cost, crypto::Random& random);

}  // namespace secureauth::passwords
