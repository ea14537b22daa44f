#include "crypto/sealer.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

#include <gtest/gtest.h>

namespace secureauth::crypto {
namespace {

/// Counts up from a first byte, as the draft's vectors do.
SecretBytes counting(std::size_t size, unsigned first) {
  SecretBytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes.bytes()[i] = static_cast<std::byte>(first + i);
  return bytes;
}

class CountingRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override {
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(0x40 + i);
  }
};

class SealerTest : public testing::Test {
 protected:
  SystemRandom random_;
  Sealer sealer_{counting(32, 0x80)};
};

TEST_F(SealerTest, IsXChaCha20Poly1305) {  // draft-irtf-cfrg-xchacha-03, appendix A.3.1
  CountingRandom random;
  const std::string plain =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be "
      "it.";
  const std::string place("\x50\x51\x52\x53\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7", 12);
  const auto sealed = sealer_.seal(plain, place, random);
  const auto tag = sealed.substr(sealed.size() - 16);
  EXPECT_EQ(hex_encode(as_bytes(tag)), "c0875924c1c7987947deafd8780acf49");
  EXPECT_EQ(hex_encode(as_bytes(sealed.substr(24, 8))), "bd6d179d3e83d43b");
}

TEST_F(SealerTest, OpensWhatItSealed) {
  for (const std::string plain : {"", "x", "some longer text"}) {
    EXPECT_EQ(sealer_.open(sealer_.seal(plain, "here", random_), "here"), plain);
  }
}

TEST_F(SealerTest, RefusesWhatWasAlteredCutOrLiesElsewhere) {
  const auto sealed = sealer_.seal("plain", "here", random_);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(sealer_.open(altered, "here")) << i;
    EXPECT_FALSE(sealer_.open(sealed.substr(0, i), "here")) << i;
  }
  EXPECT_FALSE(sealer_.open(sealed, "there"));
  EXPECT_FALSE(Sealer(counting(32, 0x81)).open(sealed, "here"));
}

TEST_F(SealerTest, AnIdTellsSealedTextsApart) {
  const auto sealed = sealer_.seal("plain", "here", random_);
  EXPECT_EQ(Sealer::id_of(sealed), Sealer::id_of(sealed));
  EXPECT_NE(Sealer::id_of(sealed), Sealer::id_of(sealer_.seal("plain", "here", random_)));
  EXPECT_EQ(Sealer::id_of("short"), Sealer::Id{});
}

TEST_F(SealerTest, NeverSealsTheSameWayTwice) {
  EXPECT_NE(sealer_.seal("plain", "here", random_), sealer_.seal("plain", "here", random_));
}

}  // namespace
}  // namespace secureauth::crypto
