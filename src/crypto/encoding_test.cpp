#include "crypto/encoding.hpp"

#include <gtest/gtest.h>

namespace secureauth::crypto {
namespace {

std::vector<std::byte> bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size()));
  return {view.begin(), view.end()};
}

struct Pair {
  const char* plain;
  const char* base64;
  const char* base64url;
  const char* hex;
};

// RFC 4648 §10, and one value whose alphabets differ.
const Pair kPairs[] = {{"", "", "", ""},
                       {"f", "Zg==", "Zg", "66"},
                       {"fo", "Zm8=", "Zm8", "666f"},
                       {"foo", "Zm9v", "Zm9v", "666f6f"},
                       {"foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172"},
                       {"\xfb\xff\xbf", "+/+/", "-_-_", "fbffbf"}};

class Encoding : public testing::TestWithParam<Pair> {};

TEST_P(Encoding, GoesThereAndBack) {
  const auto [plain, base64, base64url, hex] = GetParam();
  EXPECT_EQ(base64url_encode(bytes(plain)), base64url);
  EXPECT_EQ(hex_encode(bytes(plain)), hex);
  EXPECT_EQ(base64url_decode(base64url), bytes(plain));
  EXPECT_EQ(base64_decode(base64), bytes(plain));
  EXPECT_EQ(hex_decode(hex), bytes(plain));
}
INSTANTIATE_TEST_SUITE_P(Rfc4648, Encoding, testing::ValuesIn(kPairs));

// One text a value: a token must not be presentable in two spellings.
TEST(Base64Url, TakesItsAlphabetAndNoOtherByte) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (int value = 0; value < 256; ++value) {
    const auto sign = static_cast<char>(value);
    const std::string text = {'A', 'A', sign, 'A'};
    EXPECT_EQ(base64url_decode(text).has_value(), kAlphabet.find(sign) != std::string_view::npos) << value;
  }
}

TEST(Base64Url, TakesNothingButItsOneForm) {
  using namespace std::string_view_literals;
  for (const auto text : {"Zg=="sv, "Zm8="sv, "Zh"sv, "Zm9"sv, "Z"sv, "Zm9vY"sv, "+/+/"sv, " Zg"sv, "Zg\n"sv, "Zg\0"sv,
                          "Zm 9v"sv, "Zm\xc3\xa9"sv}) {
    EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
  }
}

TEST(Base64, TakesNothingButItsOneForm) {
  for (const auto* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "-_-_", "Zg==\n", "Zm\xc3\xa9", "=Zg=", "===="}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

TEST(Hex, TakesEitherCaseButWholePairsOnly) {
  EXPECT_EQ(hex_decode("FBffBF"), bytes("\xfb\xff\xbf"));
  for (const auto* text : {"f", "fbf", "0x66", "6g", "66 66", "66:66", " 66", "6\xc3", "\xc3\xa9"}) {
    EXPECT_EQ(hex_decode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace secureauth::crypto
