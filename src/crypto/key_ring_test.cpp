#include "crypto/key_ring.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <set>

namespace secureauth::crypto {
namespace {

using Sealed = std::vector<std::byte>;

SecretBytes key_of(unsigned char first) {
  SecretBytes key(32);
  for (std::size_t i = 0; i < key.size(); ++i) key.bytes()[i] = static_cast<std::byte>(first + i);
  return key;
}

std::vector<SecretBytes> keys_of(std::initializer_list<unsigned char> firsts) {
  std::vector<SecretBytes> keys;
  for (const auto first : firsts) keys.push_back(key_of(first));
  return keys;
}

class KeyRingTest : public testing::Test {
 protected:
  Sealed seal(const KeyRing& ring, std::string_view plain = "a secret", std::string_view owner = "ann") {
    return ring.seal(SecretBytes(plain), "totp", owner, random_);
  }
  static std::optional<std::string> open(const KeyRing& ring, const Sealed& sealed, std::string_view purpose = "totp",
                                         std::string_view owner = "ann") {
    const auto plain = ring.open(sealed, purpose, owner);
    if (!plain) return std::nullopt;
    return std::string(plain->reveal());
  }

  SystemRandom random_;
  KeyRing ring_{key_of(1), {}};
};

TEST_F(KeyRingTest, OpensWhatItSealed) {
  for (const std::string plain : {"", "x", "a secret of twenty b"}) EXPECT_EQ(open(ring_, seal(ring_, plain)), plain);
}

TEST_F(KeyRingTest, IsAes256Gcm) {  // ASVS 11.3.2: libsodium opens it too
  const auto sealed = seal(ring_, "a secret");
  ASSERT_EQ(sealed.size(), 1U + 6U + 12U + 8U + 16U);
  ASSERT_GE(sodium_init(), 0);
  if (crypto_aead_aes256gcm_is_available() == 0) GTEST_SKIP() << "libsodium needs the processor's AES instructions";
  const auto key = derive_key(key_of(1), "secureauth/key-ring/v1/seal");
  const auto* const octets = reinterpret_cast<const unsigned char*>(sealed.data());
  const auto associated = std::string(as_text(std::span(sealed).first(7))) + "4:totpann";
  std::string plain(8, ' ');
  EXPECT_EQ(crypto_aead_aes256gcm_decrypt(reinterpret_cast<unsigned char*>(plain.data()), nullptr, nullptr, octets + 19,
                                          sealed.size() - 19, reinterpret_cast<const unsigned char*>(associated.data()),
                                          associated.size(), octets + 7,
                                          reinterpret_cast<const unsigned char*>(key.bytes().data())),
            0);
  EXPECT_EQ(plain, "a secret");
}

TEST_F(KeyRingTest, NothingOpensAfterAnyByteWasAltered) {  // ASVS 11.3.3; attack 41
  const auto sealed = seal(ring_);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    for (const auto bit : {std::byte{0x01}, std::byte{0x80}}) {
      auto altered = sealed;
      altered[i] ^= bit;
      EXPECT_FALSE(open(ring_, altered)) << i;
    }
  }
}

TEST_F(KeyRingTest, NothingOpensThatWasCutOrMadeLonger) {  // attack 41: no short tag
  const auto sealed = seal(ring_);
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(open(ring_, Sealed(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  }
  auto longer = sealed;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(open(ring_, longer));
}

TEST_F(KeyRingTest, OpensOnlyForWhatAndWhomItWasSealed) {  // attack 41: a ciphertext moved to another account
  const auto sealed = seal(ring_);
  EXPECT_FALSE(open(ring_, sealed, "totp", "bob"));
  EXPECT_FALSE(open(ring_, sealed, "recovery", "ann"));
  EXPECT_FALSE(open(ring_, sealed, "totpa", "nn")) << "the two do not run into each other";
  EXPECT_FALSE(open(ring_, sealed, "", "totpann"));
}

TEST_F(KeyRingTest, OldKeysOpenAndTheCurrentOneSeals) {
  const auto before = seal(ring_);
  const KeyRing turned(key_of(2), keys_of({1}));
  EXPECT_EQ(open(turned, before), "a secret");
  EXPECT_FALSE(turned.is_under_current_key(before));
  const auto after = seal(turned);
  EXPECT_TRUE(turned.is_under_current_key(after));
  EXPECT_FALSE(open(ring_, after)) << "a key that is not in the ring";
  EXPECT_EQ(open(KeyRing(key_of(1), keys_of({2})), after), "a secret") << "nor need it be the current one";
}

TEST_F(KeyRingTest, SaysWhichKeySealed) {
  const KeyRing ring(key_of(3), keys_of({4, 5}));
  const auto ids = ring.key_ids();
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 3U);
  EXPECT_EQ(KeyRing::key_id_of(seal(ring)), ids.front());
  EXPECT_EQ(KeyRing(key_of(5), {}).key_ids().front(), ids.back()) << "it follows from the key alone";
  EXPECT_EQ(KeyRing::key_id_of(Sealed{}), "");
  EXPECT_EQ(KeyRing::key_id_of(Sealed(34, std::byte{1})), "") << "a byte too short";
}

TEST_F(KeyRingTest, AnotherSchemeIsNotGuessedAt) {
  auto sealed = seal(ring_);
  for (const int scheme : {0, 2, 255}) {
    sealed.front() = static_cast<std::byte>(scheme);
    EXPECT_FALSE(open(ring_, sealed)) << scheme;
    EXPECT_EQ(KeyRing::key_id_of(sealed), "") << scheme;
    EXPECT_FALSE(ring_.is_under_current_key(sealed)) << scheme;
  }
}

TEST_F(KeyRingTest, EverySealHasANonceOfItsOwnFromRandom) {  // ASVS 11.3.4
  class Recorded final : public Random {
   public:
    void fill(std::span<std::byte> bytes) override {
      asked += bytes.size();
      system.fill(bytes);
    }
    std::size_t asked = 0;
    SystemRandom system;
  } random;
  std::set<Sealed> nonces;
  for (int i = 0; i < 100; ++i) {
    const auto sealed = ring_.seal(SecretBytes("x"), "totp", "ann", random);
    nonces.insert(Sealed(sealed.begin() + 7, sealed.begin() + 19));
  }
  EXPECT_EQ(nonces.size(), 100U);
  EXPECT_EQ(random.asked, 100U * 12U) << "96 bits (SP 800-38D §8.2.2)";
}

TEST_F(KeyRingTest, AKeyIsUsedNeitherAsItIsNorAsItsId) {
  const auto key = key_of(1);
  const auto sealed = seal(ring_);
  EXPECT_EQ(hex_encode(key.bytes()).find(KeyRing::key_id_of(sealed)), std::string::npos);
}

TEST_F(KeyRingTest, TakesNoKeyOfAnotherLength) {
  EXPECT_THROW(KeyRing(SecretBytes(), {}), std::invalid_argument);
  EXPECT_THROW(KeyRing(SecretBytes(16), {}), std::invalid_argument);
}

}  // namespace
}  // namespace secureauth::crypto
