#include "passwords/own_words.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace secureauth::passwords {
namespace {

const PasswordOwner kAlice{.email = "Alice.Smith@mail.example.org", .name = "Alice Kowalski"};

bool is_own(std::string_view folded) {
  return is_mostly(folded, words_of(kAlice));
}

TEST(OwnWordsTest, AreTheAddressTheNameAndTheirParts) {  // ASVS 6.1.2
  const auto words = words_of(kAlice);
  for (const auto* word : {"alice.smith@mail.example.org", "alice.smith", "alice", "smith", "mail.example.org", "mail",
                           "example", "org", "alice kowalski", "kowalski"}) {
    EXPECT_NE(std::ranges::find(words, word), words.end()) << word;
  }
  EXPECT_EQ(std::ranges::count(words, "alice"), 1);
}

TEST(OwnWordsTest, RefusedAloneDecoratedAndDisguised) {  // ASVS 6.2.11
  for (const auto* password : {"alice.smith", "alicesmith1", "smithalice99", "al1ce5m1th!!", "4l!ce k0wal$ki",
                               "mail.example.org", "alice.smith@mail.example.org"}) {
    EXPECT_TRUE(is_own(password)) << password;
  }
}

TEST(OwnWordsTest, ContainingOneIsNoReason) {  // NIST SP 800-63B-4 §3.1.1.2
  for (const auto* password : {"alice counts seven herons", "four unrelated words", "kowalski orbit mossy kiln"}) {
    EXPECT_FALSE(is_own(password)) << password;
  }
}

TEST(OwnWordsTest, CountsCharactersAndNotBytes) {
  const PasswordOwner owner{.email = "", .name = "\xc5\x81ukasz"};  // L with a stroke is two bytes
  EXPECT_TRUE(is_mostly("\xc5\x82ukasz12345", words_of(owner)));
  EXPECT_FALSE(is_mostly("\xc5\x82ukasz123456", words_of(owner)));
}

TEST(OwnWordsTest, NothingKnownRefusesNothing) {
  EXPECT_FALSE(is_mostly("anything", words_of({.email = "", .name = std::nullopt})));
  EXPECT_FALSE(is_mostly("anything", words_of({.email = "@", .name = ""})));
}

}  // namespace
}  // namespace secureauth::passwords
