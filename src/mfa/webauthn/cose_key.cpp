#include "mfa/webauthn/cose_key.hpp"

#include "crypto/quiet_errors.hpp"
#include "mfa/webauthn/cbor.hpp"
#include "mfa/webauthn/ed448_point.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <algorithm>
#include <map>

namespace secureauth::webauthn {
namespace {

using crypto::QuietErrors;
using Bytes = std::span<const std::byte>;
using Fault = std::string;

// Labels of COSE_Key (RFC 9052 §7.1, RFC 9053 §7, RFC 8230 §4).
enum Label : std::int64_t { kType = 1, kAlgorithm = 3, kCurve = -1, kX = -2, kY = -3, kModulus = -1, kExponent = -2 };
enum KeyType : std::int64_t { kOkp = 1, kEc2 = 2, kRsa = 3 };

/// What a key of an algorithm looks like, and how it signs.
struct Form {
  CoseAlgorithm algorithm;
  std::string_view name;
  KeyType type;
  std::int64_t curve;         ///< of kOkp, kEc2
  std::size_t coordinate;     ///< bytes of x, and of y where there is one
  const char* openssl_type;   ///< of the key
  const char* openssl_group;  ///< of kEc2
  const char* digest;         ///< none: the algorithm brings its own
};

constexpr std::array kForms{
    Form{CoseAlgorithm::es256, "ES256", kEc2, 1, 32, "EC", "prime256v1", "SHA256"},
    Form{CoseAlgorithm::eddsa, "EdDSA", kOkp, 6, 32, "ED25519", nullptr, nullptr},
    Form{CoseAlgorithm::es384, "ES384", kEc2, 2, 48, "EC", "secp384r1", "SHA384"},
    Form{CoseAlgorithm::es512, "ES512", kEc2, 3, 66, "EC", "secp521r1", "SHA512"},
    Form{CoseAlgorithm::ps256, "PS256", kRsa, 0, 0, "RSA", nullptr, "SHA256"},
    Form{CoseAlgorithm::ed448, "Ed448", kOkp, 7, 57, "ED448", nullptr, nullptr},
    Form{CoseAlgorithm::rs256, "RS256", kRsa, 0, 0, "RSA", nullptr, "SHA256"},
};

constexpr int kLeastRsaBits = 2048;
constexpr int kMostRsaBits = 4096;
constexpr int kMostExponentBits = 64;

struct FreeContext {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  void operator()(BIGNUM* number) const { BN_free(number); }
};
template <class T>
using Handle = std::unique_ptr<T, FreeContext>;

const Form& form_of(CoseAlgorithm algorithm) {
  return *std::ranges::find(kForms, algorithm, &Form::algorithm);
}

const unsigned char* data_of(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// Looked up once: OpenSSL 3.0 searches its providers at every use of a name.
const EVP_MD* digest_of(const Form& form) {
  if (form.digest == nullptr) return nullptr;
  static const std::array<EVP_MD*, 3> kDigests{EVP_MD_fetch(nullptr, "SHA256", nullptr),
                                               EVP_MD_fetch(nullptr, "SHA384", nullptr),
                                               EVP_MD_fetch(nullptr, "SHA512", nullptr)};
  const std::string_view name(form.digest);
  return kDigests.at(name == "SHA256" ? 0 : name == "SHA384" ? 1 : 2);
}

KeyHandle key_from(const char* type, int selection, const OSSL_PARAM* parameters) {
  const Handle<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  // OpenSSL's own functions take parameters that they only read by a pointer to what is not const.
  EVP_PKEY_fromdata(context.get(), &key, selection, const_cast<OSSL_PARAM*>(parameters));
  return KeyHandle(key);
}

KeyHandle curve_named(const char* name) {
  std::string group(name);
  const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
                              OSSL_PARAM_construct_end()};
  return key_from("EC", EVP_PKEY_KEY_PARAMETERS, parameters.data());
}

/// A key that has no point yet, to copy. Made once a curve: a fifth of a verification went into looking it up by name.
const EVP_PKEY* curve_of(const Form& form) {
  static const std::map<std::string_view, KeyHandle> kCurves = [] {
    std::map<std::string_view, KeyHandle> made;
    for (const auto& one : kForms) {
      if (one.type == kEc2) made.emplace(one.openssl_group, curve_named(one.openssl_group));
    }
    return made;
  }();
  return kCurves.at(form.openssl_group).get();
}

/// On the curve, which OpenSSL checks as it reads the point; an infinite one has no such encoding.
KeyHandle ec_key(const Form& form, Bytes x, Bytes y) {
  std::vector<unsigned char> point{POINT_CONVERSION_UNCOMPRESSED};
  for (const auto part : {x, y}) point.insert(point.end(), data_of(part), data_of(part) + part.size());
  KeyHandle key(EVP_PKEY_new());
  if (!key || EVP_PKEY_copy_parameters(key.get(), curve_of(form)) != 1 ||
      EVP_PKEY_set1_encoded_public_key(key.get(), point.data(), point.size()) != 1) {
    return nullptr;
  }
  return key;
}

KeyHandle ed_key(const Form& form, Bytes point) {
  const bool fit = form.algorithm == CoseAlgorithm::eddsa ? crypto_core_ed25519_is_valid_point(data_of(point)) == 1
                                                          : is_fit_ed448_point(point);
  if (!fit) return nullptr;
  return KeyHandle(EVP_PKEY_new_raw_public_key_ex(nullptr, form.openssl_type, nullptr, data_of(point), point.size()));
}

std::optional<Fault> rsa_fault(const BIGNUM* modulus, const BIGNUM* exponent) {
  const int bits = BN_num_bits(modulus);
  if (bits < kLeastRsaBits || bits > kMostRsaBits) return "an RSA key has 2048 to 4096 bits";
  if (BN_is_odd(modulus) == 0) return "the RSA modulus is even";
  if (BN_is_odd(exponent) == 0 || BN_is_one(exponent) == 1) return "the RSA exponent is even or 1";
  // What verifying costs grows with its length, and no authenticator has more than 65537.
  if (BN_num_bits(exponent) > kMostExponentBits) return "the RSA exponent has more than 64 bits";
  return std::nullopt;
}

boost::system::result<KeyHandle, Fault> rsa_key(const Form& form, Bytes n, Bytes e) {
  const auto is_minimal = [](Bytes number) { return !number.empty() && number.front() != std::byte{0}; };
  if (!is_minimal(n) || !is_minimal(e)) return Fault("an RSA number is not minimal");
  const Handle<BIGNUM> modulus(BN_bin2bn(data_of(n), static_cast<int>(n.size()), nullptr));
  const Handle<BIGNUM> exponent(BN_bin2bn(data_of(e), static_cast<int>(e.size()), nullptr));
  if (!modulus || !exponent) throw std::bad_alloc();
  if (auto fault = rsa_fault(modulus.get(), exponent.get())) return *std::move(fault);
  const Handle<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (!builder) throw std::bad_alloc();
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  const Handle<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  return key_from(form.openssl_type, EVP_PKEY_PUBLIC_KEY, parameters.get());
}

Bytes bytes_of(const cbor::Value& map, std::int64_t label) {
  const auto* value = map.find(label);
  return value == nullptr ? Bytes{} : value->bytes().value_or(Bytes{});
}

std::optional<std::int64_t> integer_of(const cbor::Value& map, std::int64_t label) {
  const auto* value = map.find(label);
  return value == nullptr ? std::nullopt : value->integer();
}

bool fits(EVP_PKEY* key, const Form& form) {
  if (EVP_PKEY_is_a(key, form.openssl_type) == 0) return false;
  if (form.type == kRsa) return is_fit_rsa(key);
  return form.type == kOkp || is_on_curve(key, form.openssl_group);
}

/// A number of an RSA key; none where it is no such key.
Handle<BIGNUM> number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  return Handle<BIGNUM>(number);
}

}  // namespace

std::optional<CoseAlgorithm> cose_algorithm_from(std::int64_t number) {
  for (const auto& form : kForms) {
    if (static_cast<std::int64_t>(form.algorithm) == number) return form.algorithm;
  }
  return std::nullopt;
}

std::string_view to_text(CoseAlgorithm algorithm) {
  return form_of(algorithm).name;
}

boost::system::result<CoseKey, std::string> CoseKey::parse(std::span<const std::byte> cbor) {
  const QuietErrors quiet;
  const auto map = cbor::read(cbor);
  if (!map || !map->is_map()) return Fault("the public key is not one canonical CBOR map");
  const auto number = integer_of(*map, kAlgorithm);
  const auto algorithm = number ? cose_algorithm_from(*number) : std::nullopt;
  if (!algorithm) return Fault("the public key's algorithm is not one that is offered");
  const auto& form = form_of(*algorithm);
  if (integer_of(*map, kType) != form.type) return Fault("the public key's type does not fit its algorithm");
  // Exactly what a public key of the type has: a private part is refused with whatever else is too much.
  constexpr std::size_t kEc2Members = 5;
  constexpr std::size_t kOtherMembers = 4;
  if (map->size() != (form.type == kEc2 ? kEc2Members : kOtherMembers)) {
    return Fault("the public key has members too many or too few");
  }
  CoseKey made;
  made.algorithm_ = *algorithm;
  if (form.type == kRsa) {
    auto key = rsa_key(form, bytes_of(*map, kModulus), bytes_of(*map, kExponent));
    if (!key) return key.error();
    made.key_ = *std::move(key);
  } else {
    if (integer_of(*map, kCurve) != form.curve) return Fault("the public key's curve does not fit its algorithm");
    const auto x = bytes_of(*map, kX);
    const auto y = bytes_of(*map, kY);
    const bool is_ec = form.type == kEc2;
    if (x.size() != form.coordinate || (is_ec && y.size() != form.coordinate)) {
      return Fault("a coordinate is missing or of another length than the curve's");
    }
    made.key_ = is_ec ? ec_key(form, x, y) : ed_key(form, x);
    if (is_ec) {
      made.x_.assign(x.begin(), x.end());
      made.y_.assign(y.begin(), y.end());
    }
  }
  if (!made.key_) return Fault("the public key is no point of its curve that may be used");
  return made;
}

bool is_fit_rsa(const EVP_PKEY* key) {
  const QuietErrors quiet;
  const auto modulus = number_of(key, OSSL_PKEY_PARAM_RSA_N);
  const auto exponent = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  return modulus && exponent && !rsa_fault(modulus.get(), exponent.get());
}

bool is_on_curve(const EVP_PKEY* key, std::string_view name) {
  const QuietErrors quiet;
  std::array<char, 32> group{};
  std::size_t length = 0;
  return EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) == 1 &&
         std::string_view(group.data(), length) == name;
}

bool CoseKey::verifies(std::span<const std::byte> signature, std::span<const std::byte> message) const {
  return verify_signature(key_.get(), algorithm_, signature, message);
}

bool verify_signature(EVP_PKEY* key, CoseAlgorithm algorithm, std::span<const std::byte> signature,
                      std::span<const std::byte> message) {
  const QuietErrors quiet;
  const auto& form = form_of(algorithm);
  if (!fits(key, form)) return false;
  // RFC 8017 §8.1.2, §8.2.2: as long as the modulus. OpenSSL takes a PSS signature without its leading zeros.
  const auto key_bytes = static_cast<std::size_t>(EVP_PKEY_get_size(key));
  if (form.type == kRsa && signature.size() != key_bytes) return false;
  const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (!context) throw std::bad_alloc();
  EVP_PKEY_CTX* settings = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &settings, digest_of(form), nullptr, key) != 1) return false;
  if (algorithm == CoseAlgorithm::ps256) {  // RFC 8230 §2: a salt as long as the hash
    EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST);
  }
  return EVP_DigestVerify(context.get(), data_of(signature), signature.size(), data_of(message), message.size()) == 1;
}

}  // namespace secureauth::webauthn
