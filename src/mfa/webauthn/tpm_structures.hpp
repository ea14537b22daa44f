#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

/// The few structures of a TPM that a `tpm` attestation carries. What they hold views the bytes they were read from.
/// Source: TCG Trusted Platform Module Library Part 2: Structures, revision 1.59.
namespace secureauth::webauthn::tpm {

/// TPM_ALG_ID (§6.3) and TPM_ECC_CURVE (§6.4)
inline constexpr std::uint16_t kRsa = 0x0001;
inline constexpr std::uint16_t kSha256 = 0x000B;
inline constexpr std::uint16_t kSha384 = 0x000C;
inline constexpr std::uint16_t kSha512 = 0x000D;
inline constexpr std::uint16_t kNull = 0x0010;
inline constexpr std::uint16_t kEcc = 0x0023;
inline constexpr std::uint16_t kNistP256 = 0x0003;
inline constexpr std::uint16_t kNistP384 = 0x0004;
inline constexpr std::uint16_t kNistP521 = 0x0005;

/// TPMT_PUBLIC (§12.2.4) of a signing key.
struct Public {
  std::uint16_t type = 0;  ///< kRsa or kEcc
  std::uint16_t name_algorithm = 0;
  std::uint16_t rsa_bits = 0;
  std::uint32_t rsa_exponent = 0;  ///< 65537 where the TPM writes 0
  std::span<const std::byte> rsa_modulus{};
  std::uint16_t curve = 0;
  std::span<const std::byte> x{};
  std::span<const std::byte> y{};
};

/// Nothing may be left over. The error says what is wrong, in words for an operator.
[[nodiscard]] boost::system::result<Public, std::string> read_public(std::span<const std::byte> bytes);

/// TPMS_ATTEST (§10.12.12) of TPM2_Certify.
struct Certification {
  std::span<const std::byte> extra_data;
  std::span<const std::byte> name;  ///< of the certified key: algorithm, then hash of its public area
};

/// As read_public(). Refuses another magic than TPM_GENERATED_VALUE and another type than TPM_ST_ATTEST_CERTIFY.
[[nodiscard]] boost::system::result<Certification, std::string> read_certification(std::span<const std::byte> bytes);

}  // namespace secureauth::webauthn::tpm
