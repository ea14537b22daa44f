#include "crypto/digest.hpp"
#include "mfa/webauthn/certificate_fields.hpp"
#include "mfa/webauthn/statement.hpp"
#include "mfa/webauthn/tpm_structures.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace secureauth::webauthn {
namespace {

constexpr const char* kAikCertificate = "2.23.133.8.3";  // tcg-kp-AIKCertificate

/// §8.3.1
constexpr std::array kRequirements{
    Requirement{"is not of version 3", &is_version_3},
    Requirement{"has a subject", &has_empty_subject},
    Requirement{"does not name manufacturer, model and version of the TPM", &names_a_tpm},
    Requirement{"is not for attestation identity keys",
                [](const Certificate& c) { return is_for(c, kAikCertificate); }},
    Requirement{"is not marked as one that issues none", &is_marked_as_leaf},
};

struct Hash {
  std::uint16_t tpm;  ///< as nameAlg says it
  const EVP_MD* (*digest)();
};
// SHA-1, which TPMs may say too, is none of them.
constexpr std::array kHashes{Hash{tpm::kSha256, &EVP_sha256}, Hash{tpm::kSha384, &EVP_sha384},
                             Hash{tpm::kSha512, &EVP_sha512}};

using Bytes = std::vector<std::byte>;

/// Empty where there is no such hash: nothing that is compared with it is empty.
Bytes hash_of(std::uint16_t algorithm, std::span<const std::byte> data) {
  const auto* const known = std::ranges::find(kHashes, algorithm, &Hash::tpm);
  if (known == kHashes.end()) return {};
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  const bool done = EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                               known->digest(), nullptr) == 1;
  digest.resize(done ? size : 0);
  return digest;
}

/// What an algorithm hashes with before it signs.
std::uint16_t hash_in(CoseAlgorithm algorithm) {
  switch (algorithm) {
    case CoseAlgorithm::es256:
    case CoseAlgorithm::rs256:
    case CoseAlgorithm::ps256:
      return tpm::kSha256;
    case CoseAlgorithm::es384:
      return tpm::kSha384;
    case CoseAlgorithm::es512:
      return tpm::kSha512;
    case CoseAlgorithm::eddsa:
    case CoseAlgorithm::ed448:
      break;
  }
  return tpm::kNull;  // nothing that the TPM could have been told
}

/// The name of an object: its algorithm and, by that, the hash of its public area (TPM Library Part 1 §16).
Bytes name_of(std::uint16_t algorithm, std::span<const std::byte> public_area) {
  auto name = hash_of(algorithm, public_area);
  if (name.empty()) return name;
  const std::array prefix{static_cast<std::byte>(algorithm >> 8U), static_cast<std::byte>(algorithm & 0xFFU)};
  name.insert(name.begin(), prefix.begin(), prefix.end());
  return name;
}

bool matches(std::span<const std::byte> a, std::span<const std::byte> b) {
  return !a.empty() && crypto::equal(a, b);
}

struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_free(number); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;

Number number_of(std::span<const std::byte> bytes) {
  return Number(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

Number parameter(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  return Number(value);
}

bool is_same_rsa(const tpm::Public& area, const CoseKey& key) {
  const auto algorithm = key.algorithm();
  if (algorithm != CoseAlgorithm::rs256 && algorithm != CoseAlgorithm::ps256) return false;
  const auto modulus = parameter(key.key(), OSSL_PKEY_PARAM_RSA_N);
  const auto exponent = parameter(key.key(), OSSL_PKEY_PARAM_RSA_E);
  return modulus && exponent && BN_num_bits(modulus.get()) == area.rsa_bits &&
         BN_cmp(modulus.get(), number_of(area.rsa_modulus).get()) == 0 &&
         BN_is_word(exponent.get(), area.rsa_exponent) == 1;
}

bool is_same_ecc(const tpm::Public& area, const CoseKey& key) {
  struct Curve {
    CoseAlgorithm algorithm;
    std::uint16_t tpm;
  };
  constexpr std::array kCurves{Curve{CoseAlgorithm::es256, tpm::kNistP256}, Curve{CoseAlgorithm::es384, tpm::kNistP384},
                               Curve{CoseAlgorithm::es512, tpm::kNistP521}};
  const auto* const curve = std::ranges::find(kCurves, key.algorithm(), &Curve::algorithm);
  // A TPM may leave out the zeros in front of a coordinate, so they are compared as numbers.
  return curve != kCurves.end() && curve->tpm == area.curve &&
         BN_cmp(number_of(area.x).get(), number_of(key.x()).get()) == 0 &&
         BN_cmp(number_of(area.y).get(), number_of(key.y()).get()) == 0;
}

Verdict<void> check_certified(const StatementParts& statement, std::span<const std::byte> cert_info,
                              std::span<const std::byte> pub_area, const AttestationSubject& subject) {
  const auto area = tpm::read_public(pub_area);
  if (!area) return refuse_statement(area.error());
  if (!(area->type == tpm::kRsa ? is_same_rsa(*area, subject.key) : is_same_ecc(*area, subject.key))) {
    return refuse_statement("pubArea is of another key than the credential's");
  }
  const auto certified = tpm::read_certification(cert_info);
  if (!certified) return refuse_statement(certified.error());
  if (!matches(hash_of(hash_in(*statement.algorithm), signed_data(subject)), certified->extra_data)) {
    return refuse_statement("certInfo's extraData is not the hash of authenticator and client data");
  }
  if (!matches(name_of(area->name_algorithm, pub_area), certified->name)) {
    return refuse_statement("certInfo certifies something other than pubArea");
  }
  return {};
}

}  // namespace

Verdict<Attestation> verify_tpm(std::span<const std::byte> statement, const AttestationSubject& subject) {
  auto read = read_statement(statement, {.required = {"ver", "alg", "x5c", "sig", "certInfo", "pubArea"}});
  if (!read) return read.error();
  if (read->members.find_text("ver") != "2.0") return refuse_statement("ver is not 2.0");
  const auto cert_info = read->members.find_bytes("certInfo");
  const auto pub_area = read->members.find_bytes("pubArea");
  if (!cert_info || !pub_area) return refuse_statement("certInfo and pubArea are not byte strings");

  if (const auto held = check_certified(*read, *cert_info, *pub_area, subject); !held) return held.error();
  const auto& leaf = read->path.front();
  if (!verify_signature(key_of(leaf), *read->algorithm, read->signature, *cert_info)) {
    return refuse_statement("the signature is not by the attestation certificate");
  }
  if (const auto broken = broken_requirement(leaf, kRequirements, subject.parsed.aaguid)) {
    return refuse_statement("the attestation certificate " + std::string(*broken));
  }
  return Attestation{.type = AttestationType::certified, .format = {}, .path = std::move(read->path)};
}

}  // namespace secureauth::webauthn
