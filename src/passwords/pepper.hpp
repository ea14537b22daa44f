#pragma once

#include "crypto/rotating_key.hpp"
#include "passwords/password.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::passwords {

/// The secret that goes into every hash and lies beside no database: HMAC-SHA-256 of the password (preceded by its
/// length in eight bytes, the most significant first) under a key of the ring is what Argon2 hashes. The key's id
/// stands in the hash, so that keys change without anybody noticing. Immutable; thread-safe.
/// Source: NIST SP 800-63B-4 §3.1.1.2; OWASP Password Storage Cheat Sheet, Peppering.
class Pepper {
 public:
  Pepper() = default;  ///< none

  /// `current` goes into new hashes and may be empty: then none does. `old` ones verify what they are in.
  Pepper(const crypto::SecretBytes& current, const std::vector<crypto::SecretBytes>& old);
  /// The next one verifies, too.
  explicit Pepper(const crypto::KeyGenerations& generations);

  /// A key's id as it stands in hashes: six bytes, as base64.
  [[nodiscard]] static std::string id_of(const crypto::SecretBytes& key);

  /// What SQL's LIKE knows the hashes by that name this key.
  [[nodiscard]] static std::string pattern_of(const crypto::SecretBytes& key);

  /// Of the key in new hashes; empty: none. It follows from the key itself: six bytes, as base64.
  [[nodiscard]] const std::string& current_id() const { return current_id_; }

  /// Whether a hash that names this key can be verified; one that names none always can.
  [[nodiscard]] bool knows(std::string_view key_id) const;

  /// What Argon2 is to hash under this key, which knows() has to know.
  [[nodiscard]] crypto::SecretBytes mixed(const Password& password, std::string_view key_id) const;

 private:
  struct Key {
    std::string id;
    crypto::SecretBytes secret;
  };
  void add(const crypto::SecretBytes& key);
  [[nodiscard]] const Key* find(std::string_view id) const;

  std::string current_id_;
  std::vector<Key> keys_;
};

}  // namespace secureauth::passwords
