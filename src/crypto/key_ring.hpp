#pragma once

#include "crypto/random.hpp"
#include "crypto/rotating_key.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::crypto {

/// Authenticated encryption for secrets that lie in the record store for years, under keys that change meanwhile.
/// AES-256-GCM by OpenSSL: scheme (1 byte) ‖ key id (6) ‖ nonce (12) ‖ ciphertext ‖ tag (16).
///
/// Source: NIST SP 800-38D. Its §8.2.2 allows nonces that are 96 random bits, §8.3 then 2^32 messages a key. A key here
/// seals a secret or two an account and once more each when keys change: a billion accounts stay below. Both the key
/// and its id are derived from what the settings name, so that the id gives nothing away. Thread-safe.
class KeyRing {
 public:
  /// `current` seals; `old` ones open what they sealed, and so may one that is to become the current one. 32 bytes
  /// each. An empty current one throws std::invalid_argument.
  KeyRing(const SecretBytes& current, const std::vector<SecretBytes>& old);
  /// The same of a key that may be replaced. Its ids are those of key_id_of().
  explicit KeyRing(const RotatingKey& key);

  /// `purpose` and `owner` say what the secret is and whose: what was sealed for one cannot be opened for another.
  [[nodiscard]] std::vector<std::byte> seal(const SecretBytes& plain, std::string_view purpose, std::string_view owner,
                                            Random& random) const;

  /// Nothing when it was altered, sealed for something else, under a key that is not in the ring or by another scheme.
  [[nodiscard]] std::optional<SecretBytes> open(std::span<const std::byte> sealed, std::string_view purpose,
                                                std::string_view owner) const;

  /// Of the key that sealed this, twelve hexadecimal digits, whether or not the ring has it; empty for what seal()
  /// cannot have made.
  [[nodiscard]] static std::string key_id_of(std::span<const std::byte> sealed);
  [[nodiscard]] bool is_under_current_key(std::span<const std::byte> sealed) const;

  /// The current one first.
  [[nodiscard]] std::vector<std::string> key_ids() const;

 private:
  static constexpr std::size_t kIdBytes = 6;
  using KeyId = std::array<std::byte, kIdBytes>;
  struct Key {
    KeyId id;
    SecretBytes secret;
  };
  static Key derived_from(const SecretBytes& master);
  using Keys = std::vector<Key>;  ///< the current one first
  static Keys keys_of(const KeyGenerations& generations);
  static const Key* find(const Keys& keys, std::span<const std::byte> id);

  Derived<Keys> keys_;
};

}  // namespace secureauth::crypto
