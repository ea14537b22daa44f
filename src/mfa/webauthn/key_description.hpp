#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace secureauth::webauthn {

/// What Android's key store writes into the certificate of a key, software's and hardware's list of authorisations
/// taken together. Source: Android key and ID attestation, schema of the extension 1.3.6.1.4.1.11129.2.1.17, all
/// versions.
struct KeyDescription {
  std::vector<std::byte> challenge;
  bool for_all_applications = false;
  std::set<std::int64_t> origins;   ///< 0: KM_ORIGIN_GENERATED
  std::set<std::int64_t> purposes;  ///< 2: KM_PURPOSE_SIGN, 3: KM_PURPOSE_VERIFY
};

/// Nothing unless `der` is one such structure. Authorisations that say nothing of the above are passed over.
[[nodiscard]] std::optional<KeyDescription> read_key_description(std::span<const std::byte> der);

}  // namespace secureauth::webauthn
