#include "mfa/webauthn/tpm_structures.hpp"

namespace secureauth::webauthn::tpm {
namespace {

constexpr std::uint32_t kGenerated = 0xFF544347;  // TPM_GENERATED_VALUE: the TPM itself made the structure
constexpr std::uint16_t kAttestCertify = 0x8017;  // TPM_ST_ATTEST_CERTIFY
constexpr std::uint32_t kDefaultExponent = 65537;
constexpr std::size_t kClockInfoBytes = 8 + 4 + 4 + 1;  // clock, resetCount, restartCount, safe
constexpr std::size_t kFirmwareVersionBytes = 8;

// Signature schemes whose only parameter is a hash algorithm (§11.2.1)
constexpr std::uint16_t kRsaSsa = 0x0014;
constexpr std::uint16_t kRsaPss = 0x0016;
constexpr std::uint16_t kEcdsa = 0x0018;

/// Reads big-endian from front to end. Once something is missing all that follows reads as nothing, and done() is
/// false.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  std::span<const std::byte> take(std::size_t size) {
    if (failed_ || size > rest_.size()) {
      failed_ = true;
      return {};
    }
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return number(4); }
  /// TPM2B: a length, then so many bytes.
  std::span<const std::byte> sized() { return take(u16()); }

  [[nodiscard]] bool done() const { return !failed_ && rest_.empty(); }

 private:
  std::uint32_t number(std::size_t size) {
    std::uint32_t value = 0;
    for (const auto byte : take(size)) value = value << 8U | std::to_integer<std::uint32_t>(byte);
    return value;
  }

  std::span<const std::byte> rest_;
  bool failed_ = false;
};

/// TPMT_SYM_DEF_OBJECT, TPMT_RSA_SCHEME or TPMT_ECC_SCHEME of a signing key; false for what such a key does not have.
bool pass_schemes(Reader& reader) {
  if (reader.u16() != kNull) return false;  // it encrypts no children
  const auto scheme = reader.u16();
  if (scheme == kRsaSsa || scheme == kRsaPss || scheme == kEcdsa) {
    reader.take(2);
    return true;
  }
  return scheme == kNull;
}

bool read_rsa(Reader& reader, Public& key) {
  if (!pass_schemes(reader)) return false;
  key.rsa_bits = reader.u16();
  key.rsa_exponent = reader.u32();
  if (key.rsa_exponent == 0) key.rsa_exponent = kDefaultExponent;
  key.rsa_modulus = reader.sized();
  return reader.done();
}

bool read_ecc(Reader& reader, Public& key) {
  if (!pass_schemes(reader)) return false;
  key.curve = reader.u16();
  if (reader.u16() != kNull) return false;  // key derivation, which a signing key does not do
  key.x = reader.sized();
  key.y = reader.sized();
  return reader.done();
}

}  // namespace

boost::system::result<Public, std::string> read_public(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  Public key{.type = reader.u16(), .name_algorithm = reader.u16()};
  reader.u32();    // objectAttributes
  reader.sized();  // authPolicy
  const bool whole = (key.type == kRsa && read_rsa(reader, key)) || (key.type == kEcc && read_ecc(reader, key));
  if (!whole) return std::string("pubArea is not the whole public area of an RSA or ECC signing key");
  return key;
}

boost::system::result<Certification, std::string> read_certification(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  if (reader.u32() != kGenerated) return std::string("certInfo has not the magic of what a TPM makes");
  if (reader.u16() != kAttestCertify) return std::string("certInfo is not of TPM2_Certify");
  reader.sized();  // qualifiedSigner
  const auto extra_data = reader.sized();
  reader.take(kClockInfoBytes + kFirmwareVersionBytes);
  const auto name = reader.sized();
  reader.sized();  // qualifiedName
  if (!reader.done()) return std::string("certInfo is too short or has bytes left over");
  return Certification{.extra_data = extra_data, .name = name};
}

}  // namespace secureauth::webauthn::tpm
