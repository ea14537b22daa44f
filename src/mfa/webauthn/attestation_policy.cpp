#include "mfa/webauthn/attestation.hpp"
#include "mfa/webauthn/trust_path.hpp"

namespace secureauth::webauthn {
namespace {

Refusal refuse_trust(std::string detail) {
  return {.step = 24, .detail = std::move(detail)};
}

/// Steps 23 and 24 for one statement: whether its certificates lead to a root that may vouch for the model.
Verdict<void> follow(const Attestation& attestation, const std::optional<AuthenticatorModel>& model, Timestamp now) {
  if (attestation.type != AttestationType::certified) {
    return refuse_trust("an attestation of type " + std::string(to_text(attestation.type)) + " is not enough");
  }
  // Step 23: the roots come from the metadata, never from the response.
  if (!model || model->roots.empty()) {
    return Refusal{.step = 23, .detail = "the metadata has no root for this authenticator"};
  }
  // Step 24: the certificates lead to one of them.
  if (const auto fault = chain_fault(attestation.path, model->roots, now)) {
    return refuse_trust("the certificates lead to no root of the metadata: " + *fault);
  }
  return {};
}

Verdict<void> check_lists(const Aaguid& aaguid, const AttestationPolicy& policy) {
  if (policy.denied.contains(aaguid)) return refuse_trust("the AAGUID is denied: " + to_text(aaguid));
  if (!policy.allowed.empty() && !policy.allowed.contains(aaguid)) {
    return refuse_trust("the AAGUID is not on the list of those allowed: " + to_text(aaguid));
  }
  return {};
}

}  // namespace

Verdict<bool> judge_attestation(const Attestation& attestation, const Aaguid& aaguid, const AttestationPolicy& policy,
                                Timestamp now) {
  // U2F has no AAGUIDs (FIDO2 CTAP §7.1): one that comes with it proves nothing, and may be another model's.
  const auto claimed = attestation.format == "fido-u2f" ? Aaguid{} : aaguid;
  if (const auto listed = check_lists(claimed, policy); !listed) return listed.error();

  const auto parts = attestation.parts.empty() ? std::span(&attestation, 1) : std::span(attestation.parts);
  Verdict<void> chain;
  for (const auto& part : parts) {
    const auto model = policy.trust == nullptr ? std::nullopt : policy.trust->find(claimed, part.path);
    if (model && model->fault) {
      return refuse_trust("the metadata reports " + *model->fault + " of this model of authenticators");
    }
    if (chain) chain = follow(part, model, now);
  }
  using boost::system::in_place_value;
  if (chain) return Verdict<bool>(in_place_value, true);
  const bool needed =
      policy.conveyance == AttestationConveyance::direct || policy.conveyance == AttestationConveyance::enterprise;
  if (needed) return chain.error();
  return Verdict<bool>(in_place_value, false);
}

}  // namespace secureauth::webauthn
