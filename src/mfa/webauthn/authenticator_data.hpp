#pragma once

#include <boost/system/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::webauthn {

using Aaguid = std::array<std::byte, 16>;

/// `fbfc3007-154e-4ecc-8c0b-6e020557d7bd`
[[nodiscard]] std::string to_text(const Aaguid& aaguid);
[[nodiscard]] std::optional<Aaguid> aaguid_from(std::string_view text);
[[nodiscard]] inline bool is_zero(const Aaguid& aaguid) {
  return aaguid == Aaguid{};
}

/// What an authenticator says of itself and of a new credential (§6.1, §6.5.1).
struct AuthenticatorData {
  std::array<std::byte, 32> rp_id_hash{};
  bool user_present = false;     ///< UP
  bool user_verified = false;    ///< UV
  bool backup_eligible = false;  ///< BE
  bool backed_up = false;        ///< BS
  bool has_credential = false;   ///< AT
  bool has_extensions = false;   ///< ED
  std::uint32_t sign_count = 0;
  Aaguid aaguid{};  ///< this and the two below: only with AT
  std::vector<std::byte> credential_id{};
  std::vector<std::byte> public_key{};  ///< COSE_Key, canonical CBOR, not looked into
};

/// Lengths agree to the last byte; extensions are one canonical CBOR map and there only with ED. The error says what is
/// wrong, in words for an operator. Whether the credential id is too long is for step 25 to say.
[[nodiscard]] boost::system::result<AuthenticatorData, std::string> parse_authenticator_data(
    std::span<const std::byte> bytes);

}  // namespace secureauth::webauthn
