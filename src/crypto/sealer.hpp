#pragma once

#include "crypto/random.hpp"
#include "crypto/rotating_key.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::crypto {

/// Authenticated encryption for what lies outside of the process: nobody without the key can read, alter or make it.
/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) by libsodium: its 192-bit nonces may be random however many messages
/// there are, where AES-GCM's 96 bits would bound a key to 2^32 of them (NIST SP 800-38D §8.3). Thread-safe.
class Sealer {
 public:
  /// `key`: 32 bytes, for this purpose alone; it stays.
  explicit Sealer(SecretBytes key) : keys_(std::move(key)) {}
  /// Its keys are derived from `master` with this label. The current one seals.
  Sealer(const RotatingKey& master, std::string label) : keys_(master, std::move(label)) {}

  /// nonce ‖ ciphertext ‖ tag. `place` is where the result will be found; it cannot be opened as if it lay elsewhere.
  [[nodiscard]] std::string seal(std::string_view plain, std::string_view place, Random& random) const;

  /// Nothing when it was not sealed under any of the keys for this place, or was altered. All of them are tried.
  [[nodiscard]] std::optional<std::string> open(std::string_view sealed, std::string_view place) const;

  /// Which of the keys sealed it, 0 for the current one, in the order of KeyGenerations::all(); nothing as above.
  [[nodiscard]] std::optional<std::size_t> key_of(std::string_view sealed, std::string_view place) const;

  /// Nonce and tag: what tells one sealed text from every other. Who kept what he opened need not open it again when
  /// the id is the same, and must then use what he kept. Zeros for what is too short to be sealed.
  using Id = std::array<char, 40>;
  [[nodiscard]] static Id id_of(std::string_view sealed);

 private:
  struct Opened {
    std::string plain;
    std::size_t key = 0;
  };
  [[nodiscard]] std::optional<Opened> try_all(std::string_view sealed, std::string_view place) const;

  DerivedKeys keys_;
};

}  // namespace secureauth::crypto
