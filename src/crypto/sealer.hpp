#pragma once

#include "crypto/random.hpp"
#include "crypto/secret_bytes.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::crypto {

/// Authenticated encryption for what lies outside of the process: nobody without the key can read, alter or make it.
/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) by libsodium: its 192-bit nonces may be random however many messages
/// there are, where AES-GCM's 96 bits would bound a key to 2^32 of them (NIST SP 800-38D §8.3). Thread-safe.
class Sealer {
 public:
  /// `key`: 32 bytes, for this purpose alone (derive_key).
  explicit Sealer(SecretBytes key) : key_(std::move(key)) {}

  /// nonce ‖ ciphertext ‖ tag. `place` is where the result will be found; it cannot be opened as if it lay elsewhere.
  [[nodiscard]] std::string seal(std::string_view plain, std::string_view place, Random& random) const;

  /// Nothing when it was not sealed with this key for this place, or was altered.
  [[nodiscard]] std::optional<std::string> open(std::string_view sealed, std::string_view place) const;

  /// Nonce and tag: what tells one sealed text from every other. Who kept what he opened need not open it again when
  /// the id is the same, and must then use what he kept. Zeros for what is too short to be sealed.
  using Id = std::array<char, 40>;
  [[nodiscard]] static Id id_of(std::string_view sealed);

 private:
  SecretBytes key_;
};

}  // namespace secureauth::crypto
