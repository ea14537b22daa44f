#include "crypto/signing_key.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace secureauth::crypto {
namespace {

SecretBytes seed_of(std::string_view hex) {
  return SecretBytes(std::span<const std::byte>(hex_decode(hex).value()));
}

constexpr std::string_view kSeed = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7";

TEST(SigningKeyTest, GivesTheKnownAnswer) {  // RFC 8032 §7.1, test 3
  const SigningKey key(seed_of(kSeed));
  EXPECT_EQ(hex_encode(key.verify_key().bytes()), "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  EXPECT_EQ(hex_encode(key.sign(hex_decode("af82").value())),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
}

TEST(SigningKeyTest, AcceptsItsOwnSignatureOfTheSameMessageAlone) {
  const SigningKey key(seed_of(kSeed));
  const SigningKey other(seed_of("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  const auto message = as_bytes("a head");
  auto signature = key.sign(message);
  EXPECT_TRUE(key.verify_key().accepts(message, signature));
  EXPECT_FALSE(key.verify_key().accepts(as_bytes("a heap"), signature));
  EXPECT_FALSE(other.verify_key().accepts(message, signature));
  EXPECT_FALSE(key.verify_key().accepts(message, std::span(signature).first(63)));
  signature[0] ^= std::byte{1};
  EXPECT_FALSE(key.verify_key().accepts(message, signature));
}

TEST(SigningKeyTest, TakesSeedsOf32BytesAlone) {
  EXPECT_THROW(SigningKey(SecretBytes(31)), std::invalid_argument);
  EXPECT_THROW(SigningKey(SecretBytes{}), std::invalid_argument);
}

TEST(VerifyKeyTest, ReadsWhatItWrites) {
  const SigningKey key(seed_of(kSeed));
  const auto text = key.verify_key().text();
  EXPECT_TRUE(text.starts_with("ed25519:"));
  EXPECT_EQ(VerifyKey::parse(text), key.verify_key());
  EXPECT_FALSE(VerifyKey::parse(text.substr(8)));
  EXPECT_FALSE(VerifyKey::parse("ed25519:AAAA"));
  EXPECT_FALSE(VerifyKey::parse(text + "A"));
}

}  // namespace
}  // namespace secureauth::crypto
