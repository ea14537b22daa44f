#pragma once

#include "mfa/webauthn/authenticator_data.hpp"
#include "mfa/webauthn/certificate.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::webauthn {

/// §5.4.7, and what the answer must be to be accepted.
enum class AttestationConveyance {
  none,        ///< asks for none; a statement that comes all the same must hold, and needs no chain
  indirect,    ///< a chain is looked for, and not needed; one that leads nowhere makes an unattested credential
  direct,      ///< a chain to a root of the metadata is needed
  enterprise,  ///< the same, and authenticators may name themselves
};

/// As options and settings write it.
[[nodiscard]] constexpr std::string_view to_text(AttestationConveyance conveyance) {
  constexpr std::array<std::string_view, 4> kTexts{"none", "indirect", "direct", "enterprise"};
  return kTexts.at(static_cast<std::size_t>(conveyance));
}

/// What is known of a model of authenticators. The roots that may vouch for it come from here alone, never from a
/// response (step 23).
struct AuthenticatorModel {
  std::string description;           ///< in English, for people; empty: unknown
  std::vector<Certificate> roots;    ///< or certificates of the model itself, trusted as they stand
  std::optional<std::string> fault;  ///< the status report for which nobody may register one, such as REVOKED
};

/// Where trust in attestations comes from. Thread-safe.
class TrustSource {
 public:
  virtual ~TrustSource() = default;
  /// By AAGUID or, where that is zero (U2F), by the key identifiers of the path's certificates: the first of them that
  /// is known, or any of which a fault is known.
  [[nodiscard]] virtual std::optional<AuthenticatorModel> find(const Aaguid& aaguid,
                                                               std::span<const Certificate> path) const = 0;
};

/// Which authenticators may register. The lists hold for what calls itself so: without a chain an AAGUID proves
/// nothing.
struct AttestationPolicy {
  AttestationConveyance conveyance = AttestationConveyance::none;
  const TrustSource* trust = nullptr;  ///< none: nothing is trusted
  std::set<Aaguid> allowed{};          ///< WEBAUTHN_AAGUID_ALLOW; empty: all
  std::set<Aaguid> denied{};           ///< WEBAUTHN_AAGUID_DENY
};

}  // namespace secureauth::webauthn
