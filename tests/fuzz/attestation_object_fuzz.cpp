// Attestation objects, read and judged as at registration (§7.1 steps 13 to 25). The first byte of the input picks the
// vector whose challenge and client data go with it, so that unchanged statements hold.
#include "vectors.hpp"

#include <algorithm>

namespace secureauth::fuzz {
namespace {

using webauthn::AttestationConveyance;
using webauthn::AttestationType;

bool offered(webauthn::CoseAlgorithm algorithm) {
  return std::ranges::find(webauthn::kOfferedAlgorithms, algorithm) != webauthn::kOfferedAlgorithms.end();
}

bool recorded(const webauthn::NewCredential& credential) {
  return std::ranges::any_of(registrations(), [&](const RecordedRegistration& one) {
    return one.credential_id == credential.id && one.public_key == credential.public_key;
  });
}

void check_credential(const webauthn::NewCredential& credential) {
  require(!credential.id.empty() && credential.id.size() <= 1023, "an accepted id has 1 to 1023 bytes");
  const auto key = webauthn::CoseKey::parse(credential.public_key);
  require(key.has_value() && key->algorithm() == credential.algorithm && offered(credential.algorithm),
          "an accepted key is one of an offered algorithm");
  require((credential.attestation_format == "none") == (credential.attestation_type == AttestationType::none),
          "only none attests nothing");
  require(!credential.backed_up || credential.backup_eligible, "nothing is backed up that may not be");
}

void judge(std::span<const std::byte> attestation_object, const RecordedRegistration& vector) {
  const webauthn::RegistrationResponse response{.client_data_json = vector.response.client_data_json,
                                                .attestation_object = copy(attestation_object)};
  const webauthn::AttestationPolicy open{.conveyance = AttestationConveyance::none, .trust = nullptr};
  const webauthn::AttestationPolicy strict{.conveyance = AttestationConveyance::direct, .trust = &trust()};
  const auto credential = webauthn::verify_registration(response, expecting(vector, open));
  const auto attested = webauthn::verify_registration(response, expecting(vector, strict));

  require(credential || credential.error().step >= 13, "client data of a vector passes its steps");
  if (!credential) {
    require(!attested && attested.error().step == credential.error().step, "a stricter policy refuses no later");
    return;
  }
  check_credential(*credential);
  require(!credential->attested, "without roots nothing is attested");
  if (!attested) {
    require(attested.error().step == 24, "policies differ in step 24 alone");
    return;
  }
  require(attested->attested && attested->attestation_type == AttestationType::certified,
          "a strict policy takes attested credentials only");
  // Nobody here holds the vectors' attestation keys.
  require(recorded(*attested), "attestations cannot be forged");
}

}  // namespace
}  // namespace secureauth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace secureauth::fuzz;
  const auto input = std::as_bytes(std::span(data, size));
  if (input.empty()) return -1;
  judge(input.subspan(1), registrations().at(std::to_integer<std::size_t>(input[0]) % registrations().size()));
  return 0;
}
