#pragma once

#include "crypto/secret_bytes.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace secureauth::crypto {

using Signature = std::array<std::byte, 64>;

/// The public half of an Ed25519 key (RFC 8032 §5.1).
class VerifyKey {
 public:
  using Bytes = std::array<std::byte, 32>;
  explicit VerifyKey(const Bytes& bytes) : bytes_(bytes) {}

  /// `ed25519:` and base64, as text() writes it. Nothing for anything else.
  [[nodiscard]] static std::optional<VerifyKey> parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  /// Whether the signature is this key's for exactly this message.
  [[nodiscard]] bool accepts(std::span<const std::byte> message, std::span<const std::byte> signature) const;

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }
  bool operator==(const VerifyKey&) const = default;

 private:
  Bytes bytes_;
};

/// Ed25519 (RFC 8032 §5.1) by libsodium: deterministic, so that no bad random number gives the key away. Immutable;
/// thread-safe; the secret is wiped at its end.
class SigningKey {
 public:
  /// `seed`: 32 bytes, for this purpose alone. Another size throws std::invalid_argument.
  explicit SigningKey(const SecretBytes& seed);

  [[nodiscard]] Signature sign(std::span<const std::byte> message) const;
  [[nodiscard]] const VerifyKey& verify_key() const { return verify_key_; }

 private:
  SecretBytes secret_;
  VerifyKey verify_key_;
};

}  // namespace secureauth::crypto
