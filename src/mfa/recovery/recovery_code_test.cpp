#include "mfa/recovery/recovery_code.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace secureauth::mfa {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Gives the same bytes to everybody.
class SetRandom final : public crypto::Random {
 public:
  explicit SetRandom(std::byte value) : value_(value) {}
  void fill(std::span<std::byte> bytes) override { std::ranges::fill(bytes, value_); }

 private:
  std::byte value_;
};

std::string read(std::string_view typed) {
  const auto code = RecoveryCode::parse(typed);
  return code ? code->text() : "nothing";
}

TEST(RecoveryCodeTest, IsSixteenCharactersInGroupsOfFour) {
  crypto::SystemRandom random;
  const auto text = RecoveryCode::generate(random).text();
  ASSERT_EQ(text.size(), 19U) << text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 5 == 4) {
      EXPECT_EQ(text[i], '-');
    } else {
      EXPECT_NE(kAlphabet.find(text[i]), std::string_view::npos) << text;
    }
  }
}

TEST(RecoveryCodeTest, TheSecretPartCarriesSixtyFiveBits) {  // ASVS 6.5.2; 63B §3.1.2.2
  // Each of its thirteen characters is any of 32 alike: every value of a byte was counted, eight for each character.
  std::map<char, int> times;
  for (int value = 0; value < 256; ++value) {
    SetRandom same{static_cast<std::byte>(value)};
    const auto code = RecoveryCode::generate(same);
    ASSERT_EQ(code.secret().size(), 13U);
    ++times[code.secret().reveal().front()];
  }
  ASSERT_EQ(times.size(), 32U);
  for (const auto& [character, count] : times) EXPECT_EQ(count, 8) << character;
}

TEST(RecoveryCodeTest, EveryCharacterIsDrawnByItself) {
  crypto::SystemRandom random;
  std::set<std::string> secrets;
  std::vector<std::set<char>> seen(13);
  for (int i = 0; i < 1000; ++i) {
    const auto code = RecoveryCode::generate(random);
    secrets.insert(std::string(code.secret().reveal()));
    for (std::size_t at = 0; at < seen.size(); ++at) seen[at].insert(code.secret().reveal()[at]);
  }
  EXPECT_EQ(secrets.size(), 1000U);
  for (const auto& place : seen) EXPECT_EQ(place.size(), 32U);
}

TEST(RecoveryCodeTest, ReadsWhatItWrote) {
  crypto::SystemRandom random;
  for (int i = 0; i < 100; ++i) {
    const auto code = RecoveryCode::generate(random);
    EXPECT_EQ(read(code.text()), code.text());
  }
}

TEST(RecoveryCodeTest, TheFirstThreeSelectAndTheRestIsSecret) {
  const auto code = RecoveryCode::parse("ABCD-EFGH-JKMN-PQRS").value();
  EXPECT_EQ(code.selector(), "ABC");
  EXPECT_EQ(code.secret().reveal(), "DEFGHJKMNPQRS");
  EXPECT_EQ(code.clone().text(), "ABCD-EFGH-JKMN-PQRS");
}

TEST(RecoveryCodeTest, CaseSpacesAndHyphensDoNotMatter) {
  for (const auto* typed :
       {"abcdefghjkmnpqrs", "  ABCD efgh--JKMN pqrs ", "A B C D E F G H J K M N P Q R S", "-ABC-DEF-GHJ-KMN-PQR-S-"}) {
    EXPECT_EQ(read(typed), "ABCD-EFGH-JKMN-PQRS") << typed;
  }
}

TEST(RecoveryCodeTest, LettersThatTheAlphabetLacksAreWhatTheyLookLike) {
  EXPECT_EQ(read("OoIi-LlUu-0000-0000"), "0011-11VV-0000-0000");
}

TEST(RecoveryCodeTest, NothingElseIsACode) {
  for (const auto* typed :
       {"", "-", "ABCD-EFGH-JKMN-PQR", "ABCD-EFGH-JKMN-PQRST", "ABCD-EFGH-JKMN-PQR!", "ABCD_EFGH_JKMN_PQRS",
        "ABCD\tEFGHJKMNPQRS", "ÄCDEFGHJKMNPQRS", "⓪BCDEFGHJKMNPQRS", "12345"}) {
    EXPECT_EQ(read(typed), "nothing") << typed;
  }
  EXPECT_EQ(read(std::string("ABCDEFGHJKMNPQR\0", 16)), "nothing");
  EXPECT_EQ(read("ABCDEFGHJKMNPQRS" + std::string(48, ' ')), "ABCD-EFGH-JKMN-PQRS");
  EXPECT_EQ(read("ABCDEFGHJKMNPQRS" + std::string(49, ' ')), "nothing") << "what is looked at is bounded";
}

}  // namespace
}  // namespace secureauth::mfa
