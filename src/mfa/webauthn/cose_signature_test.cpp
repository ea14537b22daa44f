#include "crypto/encoding.hpp"
#include "mfa/webauthn/cose_key.hpp"
#include "mfa/webauthn/key_fixture.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>

#include <algorithm>

namespace secureauth::webauthn {
namespace {

struct FreeSignature {
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(BIGNUM* number) const { BN_free(number); }
};
using Number = std::unique_ptr<BIGNUM, FreeSignature>;

const Bytes& message() {
  static const Bytes bytes(100, std::byte{0x5a});
  return bytes;
}

Bytes hex(std::string_view digits) {
  return crypto::hex_decode(digits).value();
}

Bytes bytes_of(const BIGNUM* number) {
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

/// An INTEGER of DER with this content, as it stands.
Bytes der_integer(const Bytes& content) {
  Bytes all{std::byte{0x02}, std::byte(content.size())};
  append(all, content);
  return all;
}

/// A positive number's content in DER.
Bytes minimal(const BIGNUM* number) {
  auto bytes = bytes_of(number);
  if (bytes.empty() || (bytes.front() & std::byte{0x80}) != std::byte{0}) bytes.insert(bytes.begin(), std::byte{0});
  return bytes;
}

Bytes sequence(const Bytes& r, const Bytes& s) {
  Bytes all{std::byte{0x30}, std::byte(r.size() + s.size())};
  append(all, r);
  append(all, s);
  return all;
}

/// A P-256 signature in its two numbers, which stay below 128 bytes.
struct Ecdsa {
  explicit Ecdsa(const TestKey& key) {
    const auto der = key.sign(message());
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, FreeSignature> signature(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    r.reset(BN_dup(ECDSA_SIG_get0_r(signature.get())));
    s.reset(BN_dup(ECDSA_SIG_get0_s(signature.get())));
  }
  Number r;
  Number s;
};

Number p256_order() {
  BIGNUM* order = nullptr;
  BN_hex2bn(&order, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
  return Number(order);
}

// WA §7.2 step 21
TEST(CoseSignature, IsOneKeysOverOneMessage) {
  for (const auto algorithm : kOfferedAlgorithms) {
    const TestKey made(algorithm);
    const TestKey other(algorithm);
    const auto key = CoseKey::parse(made.cose());
    ASSERT_TRUE(key);
    const auto signature = made.sign(message());
    EXPECT_TRUE(key->verifies(signature, message())) << to_text(algorithm);
    EXPECT_FALSE(key->verifies(other.sign(message()), message())) << to_text(algorithm);
    EXPECT_FALSE(key->verifies(signature, {})) << to_text(algorithm);
    EXPECT_FALSE(key->verifies({}, message())) << to_text(algorithm);
    EXPECT_TRUE(key->verifies(made.sign({}), {})) << to_text(algorithm);
    for (std::size_t bit = 0; bit < message().size() * 8; bit += 37) {
      auto changed = message();
      changed[bit / 8] ^= std::byte(1U << bit % 8);
      EXPECT_FALSE(key->verifies(signature, changed)) << to_text(algorithm) << ' ' << bit;
    }
    for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
      auto changed = signature;
      changed[bit / 8] ^= std::byte(1U << bit % 8);
      ASSERT_FALSE(key->verifies(changed, message())) << to_text(algorithm) << ' ' << bit;
    }
    for (std::size_t size = 0; size < signature.size(); ++size) {
      ASSERT_FALSE(key->verifies(std::span(signature).first(size), message())) << to_text(algorithm) << ' ' << size;
    }
    auto longer = signature;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(key->verifies(longer, message())) << to_text(algorithm);
  }
}

// WA §6.5.5: an ASN.1 DER encoded Ecdsa-Sig-Value
TEST(CoseSignature, OfEcdsaIsStrictDer) {
  const TestKey key(CoseAlgorithm::es256);
  const Ecdsa signature(key);
  const auto r = minimal(signature.r.get());
  const auto s = minimal(signature.s.get());
  const auto verifies = [&key](const Bytes& der) {
    return verify_signature(key.get(), CoseAlgorithm::es256, der, message());
  };
  ASSERT_TRUE(verifies(sequence(der_integer(r), der_integer(s))));

  const auto padded = [](Bytes content) {
    content.insert(content.begin(), std::byte{0});
    return content;
  };
  EXPECT_FALSE(verifies(sequence(der_integer(padded(r)), der_integer(s)))) << "r with a zero too many";
  EXPECT_FALSE(verifies(sequence(der_integer(r), der_integer(padded(s)))));
  auto long_length = sequence(der_integer(r), der_integer(s));
  long_length.insert(long_length.begin() + 1, std::byte{0x81});
  EXPECT_FALSE(verifies(long_length)) << "a length in two bytes";
  auto indefinite = sequence(der_integer(r), der_integer(s));
  indefinite[1] = std::byte{0x80};
  append(indefinite, hex("0000"));
  EXPECT_FALSE(verifies(indefinite));
  auto inside = der_integer(s);
  append(inside, hex("0500"));
  EXPECT_FALSE(verifies(sequence(der_integer(r), inside))) << "a third element";
  auto raw = bytes_of(signature.r.get());
  append(raw, bytes_of(signature.s.get()));
  EXPECT_FALSE(verifies(raw)) << "r and s without DER, as JOSE has them";
}

// WA §6.5.5
TEST(CoseSignature, OfEcdsaHasNumbersBelowTheOrder) {
  const TestKey key(CoseAlgorithm::es256);
  const Ecdsa signature(key);
  const auto order = p256_order();
  const auto verifies = [&key](const BIGNUM* r, const BIGNUM* s) {
    const auto der = sequence(der_integer(minimal(r)), der_integer(minimal(s)));
    return verify_signature(key.get(), CoseAlgorithm::es256, der, message());
  };
  const Number zero(BN_new());
  const Number more(BN_new());
  EXPECT_TRUE(verifies(signature.r.get(), signature.s.get()));
  EXPECT_FALSE(verifies(zero.get(), signature.s.get()));
  EXPECT_FALSE(verifies(signature.r.get(), zero.get()));
  EXPECT_FALSE(verifies(zero.get(), zero.get()));
  EXPECT_FALSE(verifies(order.get(), order.get()));
  BN_add(more.get(), signature.r.get(), order.get());
  EXPECT_FALSE(verifies(more.get(), signature.s.get()));
  BN_add(more.get(), signature.s.get(), order.get());
  EXPECT_FALSE(verifies(signature.r.get(), more.get()));
  // -s mod n signs as well. One of the two is the high one, and authenticators choose either.
  BN_sub(more.get(), order.get(), signature.s.get());
  EXPECT_TRUE(verifies(signature.r.get(), more.get()));
}

// RFC 8032 §5.1.7, §5.2.7: S below the order, else there are two signatures for one
TEST(CoseSignature, OfEddsaHasANumberBelowTheOrder) {
  struct Case {
    CoseAlgorithm algorithm;
    const char* order;
  };
  for (const auto& [algorithm, digits] :
       {Case{CoseAlgorithm::eddsa, "1000000000000000000000000000000014DEF9DEA2F79CD65812631A5CF5D3ED"},
        Case{CoseAlgorithm::ed448,
             "3FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
             "7CCA23E9C44EDB49AED63690216CC2728DC58F552378C292AB5844F3"}}) {
    const TestKey key(algorithm);
    auto signature = key.sign(message());
    ASSERT_TRUE(verify_signature(key.get(), algorithm, signature, message()));
    const auto half = signature.size() / 2;
    auto* const s = reinterpret_cast<unsigned char*>(signature.data() + half);
    BIGNUM* read = nullptr;
    BN_hex2bn(&read, digits);
    const Number order(read);
    const Number number(BN_lebin2bn(s, static_cast<int>(half), nullptr));
    BN_add(number.get(), number.get(), order.get());
    ASSERT_EQ(BN_bn2lebinpad(number.get(), s, static_cast<int>(half)), static_cast<int>(half));
    EXPECT_FALSE(verify_signature(key.get(), algorithm, signature, message())) << to_text(algorithm);
  }
}

// RFC 8230 §2, RFC 8812 §2
TEST(CoseSignature, OfRsaHasPaddingSaltAndDigestOfItsAlgorithm) {
  const TestKey key(CoseAlgorithm::ps256);
  const auto verifies = [&key](CoseAlgorithm algorithm, int padding, int salt, const EVP_MD* digest) {
    return verify_signature(key.get(), algorithm, key.sign(message(), padding, salt, digest), message());
  };
  const auto pss = [&verifies](int salt, const EVP_MD* digest) {
    return verifies(CoseAlgorithm::ps256, RSA_PKCS1_PSS_PADDING, salt, digest);
  };
  EXPECT_TRUE(pss(32, EVP_sha256()));
  for (const int salt : {0, 20, 31, 33, 64}) EXPECT_FALSE(pss(salt, EVP_sha256())) << salt;
  EXPECT_FALSE(pss(48, EVP_sha384()));
  EXPECT_FALSE(verifies(CoseAlgorithm::ps256, RSA_PKCS1_PADDING, 0, EVP_sha256()));
  EXPECT_TRUE(verifies(CoseAlgorithm::rs256, RSA_PKCS1_PADDING, 0, EVP_sha256()));
  EXPECT_FALSE(verifies(CoseAlgorithm::rs256, RSA_PKCS1_PADDING, 0, EVP_sha512()));
  EXPECT_FALSE(verifies(CoseAlgorithm::rs256, RSA_PKCS1_PSS_PADDING, 32, EVP_sha256()));
}

// RFC 8017 §8.1.2: as long as the modulus, so that no signature has two forms
TEST(CoseSignature, OfRsaKeepsItsLeadingZeros) {
  for (const auto algorithm : {CoseAlgorithm::ps256, CoseAlgorithm::rs256}) {
    const TestKey key(algorithm);
    auto text = message();
    auto signature = key.sign(text);
    for (unsigned i = 0; signature.front() != std::byte{0}; ++i) {  // one in 256 begins so
      text[i % text.size()] ^= std::byte(1U + i / text.size());
      signature = key.sign(text);
    }
    ASSERT_TRUE(verify_signature(key.get(), algorithm, signature, text)) << to_text(algorithm);
    signature.erase(signature.begin());
    EXPECT_FALSE(verify_signature(key.get(), algorithm, signature, text)) << to_text(algorithm);
  }
}

// WA §7.1 step 22: a certificate's key may be anything
TEST(CoseSignature, OfAKeyThatDoesNotFitTheAlgorithmIsNone) {
  for (const auto own : kOfferedAlgorithms) {
    const TestKey key(own);
    const auto signature = key.sign(message());
    for (const auto other : kOfferedAlgorithms) {
      EXPECT_EQ(verify_signature(key.get(), other, signature, message()), own == other)
          << to_text(own) << " as " << to_text(other);
    }
  }
  const TestKey weak(CoseAlgorithm::rs256, 1024);
  EXPECT_FALSE(verify_signature(weak.get(), CoseAlgorithm::rs256, weak.sign(message()), message()));
  const KeyHandle exchange(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  for (const auto algorithm : kOfferedAlgorithms) {
    EXPECT_FALSE(verify_signature(exchange.get(), algorithm, Bytes(64), message())) << to_text(algorithm);
  }
}

}  // namespace
}  // namespace secureauth::webauthn
