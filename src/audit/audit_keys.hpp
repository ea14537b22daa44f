#pragma once

#include "crypto/secret_bytes.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::audit {

/// The keys that vouch for the audit log: from each master key one for the MACs of entries and the seed of one for the
/// signatures of tree heads, by HKDF. Immutable; thread-safe.
class AuditKeys {
 public:
  /// `current` writes; `old` ones only verify. 32 bytes each. An empty current one throws std::invalid_argument.
  AuditKeys(const crypto::SecretBytes& current, const std::vector<crypto::SecretBytes>& old);

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
  /// The current one first.
  [[nodiscard]] const std::vector<Signer>& signers() const { return signers_; }

 private:
  struct Key {
    std::array<std::byte, kIdBytes> id;
    crypto::SecretBytes secret;
  };
  void add(const crypto::SecretBytes& master);

  std::vector<Key> keys_;  ///< the current one first
  std::vector<Signer> signers_;
};

}  // namespace secureauth::audit
