#include "mfa/webauthn/attestation.hpp"
#include "mfa/webauthn/trust_path.hpp"

#include <algorithm>

namespace secureauth::webauthn {
namespace {

Refusal refuse_trust(std::string detail) {
  return refuse(24, std::move(detail));
}

/// A statement that signs the authenticator's data, or signs nothing. U2F's signs key and id alone (§8.6): an AAGUID
/// that comes with it proves nothing, and may be another model's.
bool is_of_data(const Attestation& attestation) {
  return attestation.format != "fido-u2f";
}

/// What the metadata know of the model that one statement is of, by the AAGUID that it signs or else by its path.
std::optional<AuthenticatorModel> find_model(std::span<const Certificate> path, const Aaguid& aaguid,
                                             const AttestationPolicy& policy) {
  return policy.trust == nullptr ? std::nullopt : policy.trust->find(aaguid, path);
}

/// Steps 23 and 24 for one statement: whether its certificates lead to a root that may vouch for the model.
Verdict<void> follow(const Attestation& attestation, const std::optional<AuthenticatorModel>& model,
                     const Aaguid& aaguid, const AttestationPolicy& policy, Timestamp now) {
  if (attestation.type != AttestationType::certified) {
    return refuse_trust("an attestation of type " + std::string(to_text(attestation.type)) + " is not enough");
  }
  // Step 23: the roots come from the metadata, never from the response.
  auto rootless = refuse(23, "the metadata has no root for this authenticator");
  if (!model || model->roots.empty()) return rootless;
  // Step 24: the certificates lead to one of them.
  const auto chain = verified_chain(attestation.path, model->roots, now);
  if (!chain) return refuse_trust("the certificates lead to no root of the metadata: " + chain.error());
  // Who is known by certificates is known by those that vouch, not by one that was only sent along.
  if (is_zero(aaguid) && !find_model(*chain, aaguid, policy)) return rootless;
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

Verdict<Judgement> judge_attestation(const Attestation& attestation, const Aaguid& aaguid,
                                     const AttestationPolicy& policy, Timestamp now) {
  const auto parts = attestation.parts.empty() ? std::span(&attestation, 1) : std::span(attestation.parts);
  const bool has_data = std::ranges::any_of(parts, is_of_data);
  Judgement judgement{.trusted = false, .aaguid = has_data ? aaguid : Aaguid{}, .flags_count = has_data};
  if (const auto listed = check_lists(judgement.aaguid, policy); !listed) return listed.error();

  Verdict<void> chain;
  for (const auto& part : parts) {
    const auto known_by = is_of_data(part) ? aaguid : Aaguid{};
    const auto model = find_model(part.path, known_by, policy);
    if (model && model->fault) {
      return refuse_trust("the metadata reports " + *model->fault + " of this model of authenticators");
    }
    if (chain) chain = follow(part, model, known_by, policy, now);
  }
  const bool needed =
      policy.conveyance == AttestationConveyance::direct || policy.conveyance == AttestationConveyance::enterprise;
  if (!chain && needed) return chain.error();
  judgement.trusted = chain.has_value();
  return judgement;
}

}  // namespace secureauth::webauthn
