#include "crypto/token.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace secureauth::crypto {
namespace {

using TestToken = Token<struct TestTag>;

class CountingRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override {
    std::ranges::generate(bytes, [this] { return static_cast<std::byte>(next_++); });
  }

 private:
  unsigned next_ = 0;
};

TEST(TokenTest, Is256BitsOfItsGenerator) {
  CountingRandom random;
  const auto token = TestToken::generate(random);
  EXPECT_EQ(token.text(), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  EXPECT_NE(TestToken::generate(random).text(), token.text());
}

TEST(TokenTest, ParsesWhatItWrote) {
  SystemRandom random;
  const auto token = TestToken::generate(random);
  const auto parsed = TestToken::parse(token.text());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->text(), token.text());
  EXPECT_EQ(parsed->hash(), token.hash());
}

TEST(TokenTest, AtRestIsTheHashOfItsText) {
  CountingRandom random;
  const auto token = TestToken::generate(random);
  EXPECT_EQ(token.hash(), sha256(as_bytes(token.text())));
}

TEST(TokenTest, ParsesNothingOfAnotherForm) {
  const std::string good = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
  ASSERT_TRUE(TestToken::parse(good));
  for (const auto& bad : {std::string(), good.substr(1), good + "A", good + "=", ' ' + good, good + '\n',
                          good.substr(0, 42) + "+", good.substr(0, 42) + "\xe9", std::string(43, '.')}) {
    EXPECT_FALSE(TestToken::parse(bad)) << bad;
  }
}

TEST(TokenTest, ASecondSpellingOfTheSameBitsIsAnotherToken) {  // one text a door
  const auto first = TestToken::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  const auto second = TestToken::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9");  // stray bits at its end
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->hash(), second->hash());
}

}  // namespace
}  // namespace secureauth::crypto
