#pragma once

#include "crypto/digest.hpp"
#include "mfa/webauthn/relying_party.hpp"
#include "mfa/webauthn/verdict.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace secureauth::webauthn {

/// The longest client data that is read; browsers send some hundred bytes.
inline constexpr std::size_t kLongestClientData = 8192;

/// Checks what the browser says of its page (§5.8.1): in a registration steps 5 to 12 of §7.1, in an authentication 8
/// to 14 of §7.2 and, out of their turn, the hash of 20. Gives SHA-256 of the bytes as they were received, which is
/// what authenticators sign.
[[nodiscard]] Verdict<crypto::Sha256> check_client_data(Ceremony ceremony, std::span<const std::byte> client_data_json,
                                                        std::span<const std::byte> challenge,
                                                        const RelyingParty& relying_party);

}  // namespace secureauth::webauthn
