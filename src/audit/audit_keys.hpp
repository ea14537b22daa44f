#pragma once

#include "crypto/rotating_key.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::audit {

/// The keys that vouch for the audit log: from each master key one for the MACs of entries and the seed of one for the
/// signatures of tree heads, by HKDF. Thread-safe.
class AuditKeys {
 public:
  /// `current` writes; `old` ones only verify. 32 bytes each. An empty current one throws std::invalid_argument.
  AuditKeys(const crypto::SecretBytes& current, const std::vector<crypto::SecretBytes>& old);
  /// The same of a key that may be replaced; the next one verifies, too.
  explicit AuditKeys(const crypto::RotatingKey& key);

  /// A key's id as it stands in the log: eight hexadecimal digits.
  [[nodiscard]] static std::string id_of(const crypto::SecretBytes& key);
  [[nodiscard]] const crypto::RotatingKey& master() const { return master_; }

  static constexpr std::size_t kIdBytes = 4;
  /// Key id ‖ HMAC-SHA256.
  using Mac = std::array<std::byte, kIdBytes + 32>;
  [[nodiscard]] Mac mac_of(std::string_view canonical) const;

  enum class Verdict { right, wrong, unknown_key };
  [[nodiscard]] Verdict check(std::string_view canonical, std::span<const std::byte> mac) const;

  struct Signer {
    std::string key_id;        ///< the same id, eight hexadecimal digits
    crypto::SecretBytes seed;  ///< of an Ed25519 key, 32 bytes
  };
  [[nodiscard]] static Signer signer_of(const crypto::SecretBytes& key);
  [[nodiscard]] std::string current_id() const;

 private:
  struct Key {
    std::array<std::byte, kIdBytes> id;
    crypto::SecretBytes secret;
  };
  using Keys = std::vector<Key>;  ///< the current one first
  static Keys keys_of(const crypto::KeyGenerations& generations);

  crypto::RotatingKey master_;
  crypto::Derived<Keys> keys_;
};

}  // namespace secureauth::audit
