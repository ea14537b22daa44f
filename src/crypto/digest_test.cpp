#include "crypto/digest.hpp"

#include "crypto/encoding.hpp"

#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include <string>

namespace secureauth::crypto {
namespace {

SecretBytes key_of(std::string_view hex) {
  return SecretBytes(std::span<const std::byte>(hex_decode(hex).value()));
}
std::string sha256_of(std::string_view text) {
  return hex_encode(sha256(as_bytes(text)));
}
/// What any other implementation gives for the same bytes.
std::string openssl_hmac(std::string_view key, std::string_view message) {
  Sha256 out;
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), reinterpret_cast<unsigned char*>(out.data()), &size);
  return hex_encode(out);
}

TEST(Sha256Test, GivesTheKnownAnswers) {  // FIPS 180-4, NIST's examples
  EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_of(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(HmacSha256Test, IsHmacOverEachPartBehindItsLength) {  // RFC 2104, RFC 4231 §4.3's key and data
  const std::string key = "Jefe";
  const std::string data = "what do ya want for nothing?";
  // That the independent side is HMAC-SHA-256: RFC 4231 §4.3.
  ASSERT_EQ(openssl_hmac(key, data), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");

  const std::string framed = std::string("\0\0\0\0\0\0\0\x1c", 8) + data;
  EXPECT_EQ(hex_encode(hmac_sha256(SecretBytes(key), {data})), openssl_hmac(key, framed));
  const std::string two = std::string("\0\0\0\0\0\0\0\x04", 8) + "what" + std::string(8, '\0');
  EXPECT_EQ(hex_encode(hmac_sha256(SecretBytes(key), {"what", ""})), openssl_hmac(key, two));
}

TEST(HmacSha256Test, HashesAKeyLongerThanABlock) {  // RFC 4231 §4.7's key
  const std::string key(131, '\xaa');
  const std::string framed = std::string("\0\0\0\0\0\0\0\x01", 8) + "x";
  EXPECT_EQ(hex_encode(hmac_sha256(SecretBytes(key), {"x"})), openssl_hmac(key, framed));
}

TEST(HmacSha256Test, NoTwoListsOfPartsCollide) {
  const SecretBytes key("a key");
  EXPECT_NE(hmac_sha256(key, {"ab", "c"}), hmac_sha256(key, {"a", "bc"}));
  EXPECT_NE(hmac_sha256(key, {"abc"}), hmac_sha256(key, {"abc", ""}));
  EXPECT_NE(hmac_sha256(key, {"abc"}), hmac_sha256(SecretBytes("another"), {"abc"}));
}

TEST(DeriveKeyTest, IsHkdfSha256WithTheLabelAsInfo) {  // RFC 5869 A.3: no salt, no info, first 32 octets of 42
  const auto master = key_of("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
  EXPECT_EQ(hex_encode(derive_key(master, "").bytes()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(DeriveKeyTest, EveryPurposeHasItsOwnKey) {
  const SecretBytes master(std::string_view("0123456789abcdef0123456789abcdef"));
  EXPECT_FALSE(equal(derive_key(master, "csrf").bytes(), derive_key(master, "device").bytes()));
  EXPECT_TRUE(equal(derive_key(master, "csrf").bytes(), derive_key(master, "csrf").bytes()));
}

TEST(EqualTest, ComparesLengthAndEveryByte) {
  EXPECT_TRUE(equal("", ""));
  EXPECT_TRUE(equal(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
  EXPECT_FALSE(equal(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
  EXPECT_FALSE(equal("a", "ab"));
  EXPECT_FALSE(equal("xb", "ab"));
}

}  // namespace
}  // namespace secureauth::crypto
