#include "crypto/uuid.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace secureauth::crypto {
namespace {

class FixedRandom final : public Random {
 public:
  explicit FixedRandom(unsigned char value) : value_(value) {}
  void fill(std::span<std::byte> bytes) override { std::ranges::fill(bytes, std::byte{value_}); }

 private:
  unsigned char value_;
};

Timestamp at_milliseconds(std::int64_t count) {
  return Timestamp(std::chrono::milliseconds(count));
}

TEST(UuidTest, HasTheFormOfVersion7) {  // RFC 9562 §5.7; the instant is that of its Appendix A.6
  FixedRandom ones(0xff);
  FixedRandom zeros(0);
  const auto when = at_milliseconds(0x017F22E279B0);
  EXPECT_EQ(uuid_v7(ones, when), "017f22e2-79b0-7fff-bfff-ffffffffffff");
  EXPECT_EQ(uuid_v7(zeros, when), "017f22e2-79b0-7000-8000-000000000000");
}

TEST(UuidTest, SortsAsTimeDoesWhateverTheRandomBits) {
  FixedRandom ones(0xff);
  FixedRandom zeros(0);
  EXPECT_LT(uuid_v7(ones, at_milliseconds(1'800'000'000'000)), uuid_v7(zeros, at_milliseconds(1'800'000'000'001)));
  EXPECT_LT(uuid_v7(ones, at_milliseconds(0xffff)), uuid_v7(zeros, at_milliseconds(0x10000)));
}

TEST(UuidTest, IsDifferentEveryTime) {
  SystemRandom random;
  EXPECT_NE(uuid_v7(random, at_milliseconds(1)), uuid_v7(random, at_milliseconds(1)));
}

TEST(UuidTest, OnlyTheCanonicalFormIsOne) {
  EXPECT_TRUE(is_uuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
  for (const auto* bad : {"", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e279b07cc398c4dc0c0c07398f",
                          "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
                          "{017f22e2-79b0-7cc3-98c4-dc0c0c073}", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
                          "017f22e27-9b0-7cc3-98c4-dc0c0c07398f", "017f22e2 79b0 7cc3 98c4 dc0c0c07398f"}) {
    EXPECT_FALSE(is_uuid(bad)) << bad;
  }
}

}  // namespace
}  // namespace secureauth::crypto
