#pragma once

#include "crypto/digest.hpp"

#include <string_view>

namespace secureauth::crypto {

/// HMAC-SHA-256 (RFC 2104) over the bytes as they are: what another system computes, too. Where only this service reads
/// what it signs, hmac_sha256() keeps parts apart.
[[nodiscard]] Sha256 plain_hmac_sha256(const SecretBytes& key, std::string_view bytes);

}  // namespace secureauth::crypto
