#include "mfa/webauthn/authenticator_data.hpp"

#include "crypto/encoding.hpp"
#include "mfa/webauthn/cbor.hpp"

#include <algorithm>

namespace secureauth::webauthn {
namespace {

enum Flag : unsigned {
  kUserPresent = 0x01,
  kUserVerified = 0x04,
  kBackupEligible = 0x08,
  kBackedUp = 0x10,
  kHasCredential = 0x40,
  kHasExtensions = 0x80
};

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kHeadBytes = kHashBytes + 1 + 4;        // rpIdHash, flags, signCount
constexpr std::size_t kCredentialHeadBytes = 16 + 2;          // aaguid, length of the credential id
constexpr std::array<std::size_t, 4> kGroups{8, 13, 18, 23};  // hyphens in a UUID's text

unsigned big_endian(std::span<const std::byte> bytes) {
  unsigned value = 0;
  for (const auto byte : bytes) value = value << 8U | std::to_integer<unsigned>(byte);
  return value;
}

/// §6.5.1: aaguid, credentialIdLength, credentialId, credentialPublicKey. Takes it off the front of `rest`.
std::optional<std::string> take_credential(std::span<const std::byte>& rest, AuthenticatorData& data) {
  if (rest.size() < kCredentialHeadBytes) return "the attested credential data is cut off";
  std::ranges::copy(rest.first(data.aaguid.size()), data.aaguid.begin());
  const std::size_t id_bytes = big_endian(rest.subspan(data.aaguid.size(), 2));
  rest = rest.subspan(kCredentialHeadBytes);
  if (rest.size() < id_bytes) return "the credential id is cut off";
  data.credential_id.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(id_bytes));
  rest = rest.subspan(id_bytes);
  const auto key = cbor::read_first(rest);
  if (!key) return "the credential public key is not canonical CBOR: " + key.error();
  data.public_key.assign(key->encoded().begin(), key->encoded().end());
  rest = rest.subspan(key->encoded().size());
  return std::nullopt;
}

}  // namespace

std::string to_text(const Aaguid& aaguid) {
  auto text = crypto::hex_encode(aaguid);
  for (const auto at : kGroups) text.insert(at, 1, '-');
  return text;
}

std::optional<Aaguid> aaguid_from(std::string_view text) {
  std::string digits(text);
  for (auto at = kGroups.rbegin(); at != kGroups.rend(); ++at) {
    if (digits.size() <= *at || digits.at(*at) != '-') return std::nullopt;
    digits.erase(*at, 1);
  }
  const auto bytes = crypto::hex_decode(digits);
  Aaguid aaguid{};
  if (!bytes || bytes->size() != aaguid.size()) return std::nullopt;
  std::ranges::copy(*bytes, aaguid.begin());
  return aaguid;
}

boost::system::result<AuthenticatorData, std::string> parse_authenticator_data(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeadBytes) return std::string("the authenticator data is cut off");
  const auto flags = std::to_integer<unsigned>(bytes[kHashBytes]);
  AuthenticatorData data{.user_present = (flags & kUserPresent) != 0,
                         .user_verified = (flags & kUserVerified) != 0,
                         .backup_eligible = (flags & kBackupEligible) != 0,
                         .backed_up = (flags & kBackedUp) != 0,
                         .has_credential = (flags & kHasCredential) != 0,
                         .has_extensions = (flags & kHasExtensions) != 0,
                         .sign_count = big_endian(bytes.subspan(kHashBytes + 1, 4))};
  std::ranges::copy(bytes.first(kHashBytes), data.rp_id_hash.begin());
  auto rest = bytes.subspan(kHeadBytes);
  if (data.has_credential) {
    if (auto fault = take_credential(rest, data)) return *std::move(fault);
  }
  if (data.has_extensions) {
    const auto extensions = cbor::read_first(rest);
    if (!extensions || !extensions->is_map()) return std::string("the extensions are not one canonical CBOR map");
    rest = rest.subspan(extensions->encoded().size());
  }
  if (!rest.empty()) return std::string("bytes after the end of the authenticator data");
  return data;
}

}  // namespace secureauth::webauthn
