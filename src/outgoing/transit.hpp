#pragma once

#include "crypto/secret_bytes.hpp"

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace secureauth::outgoing {

/// Why nothing was unwrapped, in words for an operator: never a part of what was sent or answered.
class UnwrapError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A key management service that decrypts as the transit engine of Vault and OpenBao does.
struct TransitSettings {
  std::string url;  ///< whole, of the decryption by one key: https://HOST:8200/v1/transit/decrypt/NAME; empty: none
  crypto::SecretBytes token;      ///< for X-Vault-Token; empty: none is sent
  std::filesystem::path ca_file;  ///< PEM; empty: the system's certificates
};

/// Has a ciphertext decrypted: POST {"ciphertext": …}, answered by {"data": {"plaintext": BASE64}}. Tries again, with
/// pauses that double, until `deadline` while there is no answer or one of 429, 502, 503 or 504; at least once. No
/// redirect is followed, and an answer beyond 16 KiB is none. Blocks. Throws UnwrapError.
/// Source: https://developer.hashicorp.com/vault/api-docs/secret/transit#decrypt-data.
[[nodiscard]] crypto::SecretBytes unwrap_by_transit(const TransitSettings& settings, std::string_view ciphertext,
                                                    std::chrono::steady_clock::time_point deadline);

}  // namespace secureauth::outgoing
