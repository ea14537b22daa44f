#include "mfa/passkeys/passkey_options.hpp"

#include "crypto/encoding.hpp"

#include <boost/json.hpp>

namespace secureauth::mfa {
namespace {

namespace json = boost::json;
using webauthn::AttestationConveyance;

json::array shown(const std::vector<PasskeyDescriptor>& descriptors) {
  json::array list;
  for (const auto& [id, transports] : descriptors) {
    list.push_back({{"type", "public-key"},
                    {"id", crypto::base64url_encode(id)},
                    {"transports", json::array(transports.begin(), transports.end())}});
  }
  return list;
}

json::object answer(const PasskeyChallenges::Issued& issued, json::object public_key) {
  return {{"challenge_id", issued.id.text()},
          {"publicKey", std::move(public_key)},
          {"expires_at", to_rfc3339(issued.expires_at)}};
}

std::int64_t timeout(const PasskeyChallenges::Issued& issued, Timestamp now) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(issued.expires_at - now).count();
}

}  // namespace

std::vector<PasskeyDescriptor> describe(const std::vector<Passkey>& passkeys) {
  std::vector<PasskeyDescriptor> descriptors;
  for (const auto& passkey : passkeys) descriptors.push_back({passkey.credential_id, passkey.transports});
  return descriptors;
}

json::object creation_request(const PasskeySettings& settings, const PasskeyChallenges::Issued& issued,
                              const PasskeyOwner& owner, const std::vector<PasskeyDescriptor>& existing, Use use,
                              Timestamp now) {
  json::array algorithms;
  for (const auto algorithm : webauthn::kOfferedAlgorithms) {
    algorithms.push_back({{"type", "public-key"}, {"alg", static_cast<int>(algorithm)}});
  }
  const json::object user{
      {"id", crypto::base64url_encode(owner.handle)}, {"name", owner.name}, {"displayName", owner.display_name}};
  const bool alone = use == Use::alone;
  const json::object selection{
      {"residentKey", alone ? "required" : "preferred"},
      {"requireResidentKey", alone},
      {"userVerification", to_text(alone ? webauthn::UserVerification::required : settings.user_verification)}};
  return answer(issued, {{"rp", {{"id", settings.relying_party.id}, {"name", settings.relying_party_name}}},
                         {"user", user},
                         {"challenge", crypto::base64url_encode(issued.challenge)},
                         {"pubKeyCredParams", std::move(algorithms)},
                         {"timeout", timeout(issued, now)},
                         {"excludeCredentials", shown(existing)},
                         {"authenticatorSelection", selection},
                         {"attestation", to_text(settings.attestation.conveyance)},
                         {"extensions", {{"credProps", true}}}});
}

json::object assertion_request(const PasskeySettings& settings, const PasskeyChallenges::Issued& issued,
                               const std::vector<PasskeyDescriptor>& allowed,
                               webauthn::UserVerification user_verification, Timestamp now) {
  return answer(issued, {{"challenge", crypto::base64url_encode(issued.challenge)},
                         {"timeout", timeout(issued, now)},
                         {"rpId", settings.relying_party.id},
                         {"allowCredentials", shown(allowed)},
                         {"userVerification", to_text(user_verification)}});
}

}  // namespace secureauth::mfa
