// Authenticator data (§6.1), read alone and as a part of an assertion whose signature was made over other bytes.
#include "vectors.hpp"

#include <algorithm>

namespace secureauth::fuzz {
namespace {

constexpr std::size_t kFixedBytes = 37;       // RP ID hash, flags, counter
constexpr std::size_t kCredentialBytes = 18;  // AAGUID and the length of the credential id

bool flag(std::span<const std::byte> bytes, unsigned bit) {
  return (std::to_integer<unsigned>(bytes[32]) >> bit & 1U) != 0;
}

std::size_t big_endian(std::span<const std::byte> bytes) {
  std::size_t number = 0;
  for (const auto byte : bytes) number = number << 8U | std::to_integer<std::size_t>(byte);
  return number;
}

void check_fixed_part(const webauthn::AuthenticatorData& data, std::span<const std::byte> bytes) {
  require(bytes.size() >= kFixedBytes, "there is no authenticator data below 37 bytes");
  require(std::ranges::equal(data.rp_id_hash, bytes.first(32)), "the RP ID hash is read as it came");
  require(data.sign_count == big_endian(bytes.subspan(33, 4)), "the counter is read as it came");
  require(data.user_present == flag(bytes, 0) && data.user_verified == flag(bytes, 2) &&
              data.backup_eligible == flag(bytes, 3) && data.backed_up == flag(bytes, 4) &&
              data.has_credential == flag(bytes, 6) && data.has_extensions == flag(bytes, 7),
          "the flags are read as they came");
}

/// Writes again what was read, and compares.
void check_rest(const webauthn::AuthenticatorData& data, std::span<const std::byte> bytes) {
  auto rest = bytes.subspan(kFixedBytes);
  if (data.has_credential) {
    const auto size = kCredentialBytes + data.credential_id.size() + data.public_key.size();
    require(rest.size() >= size && !data.public_key.empty(), "a credential lies within the bytes, with a key");
    require(std::ranges::equal(data.aaguid, rest.first(16)), "the AAGUID is read as it came");
    require(data.credential_id.size() == big_endian(rest.subspan(16, 2)), "the id has its declared length");
    require(std::ranges::equal(data.credential_id, rest.subspan(kCredentialBytes, data.credential_id.size())),
            "the id is read as it came");
    require(std::ranges::equal(data.public_key,
                               rest.subspan(kCredentialBytes + data.credential_id.size(), data.public_key.size())),
            "the key is read as it came");
    rest = rest.subspan(size);
  } else {
    require(data.credential_id.empty() && data.public_key.empty(), "without AT there is no credential");
  }
  require(rest.empty() != data.has_extensions, "extensions and nothing else follow, with ED alone");
}

void judge_as_assertion(std::span<const std::byte> bytes) {
  for (const auto& vector : authentications()) {
    auto response = vector.response;
    response.authenticator_data = copy(bytes);
    const auto verdict = webauthn::verify_authentication(response, vector.known, expecting(vector));
    require(!verdict || response.authenticator_data == vector.response.authenticator_data,
            "no signature holds over other authenticator data");
  }
}

}  // namespace
}  // namespace secureauth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace secureauth::fuzz;
  const auto input = std::as_bytes(std::span(data, size));
  if (const auto parsed = secureauth::webauthn::parse_authenticator_data(input)) {
    check_fixed_part(*parsed, input);
    check_rest(*parsed, input);
  }
  judge_as_assertion(input);
  return 0;
}
