#pragma once

#include "core/error.hpp"
#include "crypto/secret_bytes.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace secureauth::passwords {

/// Bounds on what verifying one hash may cost: a planted or imported hash must not be a denial of service. Each takes
/// a few seconds of one core at most.
namespace legacy_caps {
constexpr std::size_t kStoredBytes = 512;
constexpr unsigned kBcryptCost = 14;
constexpr std::uint32_t kPbkdf2Iterations = 10'000'000;
constexpr std::uint32_t kShaCryptRounds = 1'000'000;                       ///< passlib's default is 656,000
constexpr std::uint64_t kMemoryBytes = std::uint64_t{256} * 1024 * 1024;   ///< of scrypt and yescrypt
constexpr std::uint64_t kScryptBytes = std::uint64_t{1024} * 1024 * 1024;  ///< filled in all: memory times p
}  // namespace legacy_caps

/// Verifies one hash that another system made. Blocks: only the hashing pool calls it.
using LegacyVerifier = std::function<bool(std::string_view password)>;

/// A hash of another system, read and within its caps.
///
/// What is compared is the NFC form of the password: a hash made from another spelling of the same characters matches
/// nobody. A password with a NUL matches nobody either: crypt(3) ends there, and HMAC, which PBKDF2 and scrypt stand
/// on, takes trailing NULs for its own padding (RFC 2104 §2), so that "a" and "a\0" would be one. bcrypt looks at the
/// first 72 bytes alone, as it did where the hash was made; crypt(3) takes at most 511.
struct LegacyHash {
  std::string_view scheme;  ///< as README's table names it
  LegacyVerifier raw;

  [[nodiscard]] bool matches(const crypto::SecretBytes& password) const;
};

/// Reads a hash by the table of known schemes. Fails with validation_failed, field `password_hash`, code
/// `unknown_hash`, `fast_hash` (MD5, SHA-1, DES and the like: known, and not taken), `malformed_hash` or `costly_hash`.
[[nodiscard]] Result<LegacyHash> read_legacy_hash(std::string_view stored);

/// The refusals of one field, `password_hash`.
[[nodiscard]] Error malformed_hash(std::string_view scheme);
[[nodiscard]] Error costly_hash(std::string_view scheme);

}  // namespace secureauth::passwords
