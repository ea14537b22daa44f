#include "crypto/p256_signing_key.hpp"

#include "crypto/digest.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace secureauth::crypto {
namespace {

constexpr std::size_t kHalf = std::tuple_size_v<P256SigningKey::Coordinate>;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* held) const {
    Free(held);
  }
};
template <class T, auto Free>
using Held = std::unique_ptr<T, Freed<Free>>;

using Number = Held<BIGNUM, BN_clear_free>;
using Numbers = Held<BN_CTX, BN_CTX_free>;
using Group = Held<EC_GROUP, EC_GROUP_free>;
using Point = Held<EC_POINT, EC_POINT_free>;

/// What cannot fail but for want of memory.
void must(bool done) {
  if (!done) throw std::runtime_error("OpenSSL could not make or use a P-256 key");
}

const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw_out(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

/// 1 to n - 1, from twice as many bits as n has, so that none of them is likelier than another.
Number private_number(const SecretBytes& seed, const EC_GROUP* group) {
  SecretBytes wide(2 * kHalf);
  const auto low = std::ranges::copy(derive_key(seed, "secureauth/p256/v1/high").bytes(), wide.bytes().begin()).out;
  std::ranges::copy(derive_key(seed, "secureauth/p256/v1/low").bytes(), low);
  const Numbers scratch(BN_CTX_secure_new());
  const Number range(BN_dup(EC_GROUP_get0_order(group)));
  Number wanted(BN_bin2bn(raw(wide.bytes()), static_cast<int>(wide.size()), nullptr));
  must(scratch && range && wanted && BN_sub_word(range.get(), 1) == 1);
  BN_set_flags(wanted.get(), BN_FLG_CONSTTIME);
  must(BN_nnmod(wanted.get(), wanted.get(), range.get(), scratch.get()) == 1 && BN_add_word(wanted.get(), 1) == 1);
  return wanted;
}

}  // namespace

P256SigningKey::P256SigningKey(const SecretBytes& seed) {
  if (seed.size() != kHalf) throw std::invalid_argument("a P-256 key is made from 32 bytes");
  const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  must(group != nullptr);
  const auto number = private_number(seed, group.get());
  const Point point(EC_POINT_new(group.get()));
  must(point && EC_POINT_mul(group.get(), point.get(), number.get(), nullptr, nullptr, nullptr) == 1);
  std::array<std::byte, 1 + (2 * kHalf)> uncompressed{};
  must(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, raw_out(uncompressed),
                          uncompressed.size(), nullptr) == uncompressed.size());
  std::copy_n(uncompressed.begin() + 1, kHalf, x_.begin());
  std::copy_n(uncompressed.begin() + 1 + kHalf, kHalf, y_.begin());

  const Held<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> parts(OSSL_PARAM_BLD_new());
  must(parts && OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
       OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, uncompressed.data(),
                                        uncompressed.size()) == 1 &&
       OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get()) == 1);
  const Held<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(parts.get()));
  const Held<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  must(parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
       EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, parameters.get()) == 1);
  key_ = {made, EVP_PKEY_free};
}

Signature P256SigningKey::sign(std::span<const std::byte> message) const {
  const Held<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  must(context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
  std::array<unsigned char, 80> der{};  // at most 72 bytes
  std::size_t size = der.size();
  must(EVP_DigestSign(context.get(), der.data(), &size, raw(message), message.size()) == 1);
  const unsigned char* at = der.data();
  const Held<ECDSA_SIG, ECDSA_SIG_free> pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  must(pair != nullptr);
  Signature signature{};
  auto* out = raw_out(signature);
  must(BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, kHalf) == kHalf &&
       BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + kHalf, kHalf) == kHalf);
  return signature;
}

}  // namespace secureauth::crypto
