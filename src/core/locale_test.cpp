#include "core/locale.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth {
namespace {

TEST(LocaleTest, TagsReadBack) {
  for (const auto locale : {Locale::en, Locale::de}) EXPECT_EQ(locale_from(to_text(locale)), locale);
  for (const auto* tag : {"fr", "", "-de", "deutsch", "d"}) EXPECT_FALSE(locale_from(tag)) << tag;
}

TEST(LocaleTest, ATagCountsByItsLanguageInAnyCase) {  // BCP 47 §2.1.1
  for (const auto* tag : {"DE", "de-AT", "De-Latn-CH", "de-"}) EXPECT_EQ(locale_or_english(tag), Locale::de) << tag;
  for (const auto* tag : {"EN-gb", "fr-CA", ""}) EXPECT_EQ(locale_or_english(tag), Locale::en) << tag;
}

TEST(LocaleTest, TheHighestQualityWins) {  // RFC 9110 §12.5.4
  EXPECT_EQ(choose_locale("de"), Locale::de);
  EXPECT_EQ(choose_locale("DE-at"), Locale::de);
  EXPECT_EQ(choose_locale("en;q=0.3, de;q=0.8"), Locale::de);
  EXPECT_EQ(choose_locale("de;q=0.300,en;q=0.301"), Locale::en);
  EXPECT_EQ(choose_locale("fr, de-CH;q=0.5, en;q=0.4"), Locale::de);
  EXPECT_EQ(choose_locale("de ; q=0.9 , en ; Q=0.8"), Locale::de);
  EXPECT_EQ(choose_locale("de,en"), Locale::de);
  EXPECT_EQ(choose_locale("en,de"), Locale::en);
}

TEST(LocaleTest, QualityZeroIsNotThisOne) {  // RFC 9110 §12.4.2
  EXPECT_EQ(choose_locale("de;q=0"), Locale::en);
  EXPECT_EQ(choose_locale("de;q=0.000, *"), Locale::en);
}

TEST(LocaleTest, WhatCannotBeReadGivesEnglish) {
  for (const auto* field : {"", "*", "fr", ",,,", ";", "de;", "de;q", "de;q=", "de;q=2", "de;q=1.5", "de;q=0.1234",
                            "de;q=-1", "de;q=x", "de;level=1", "deutsch", "d", "-de", "\xff\xfe"}) {
    EXPECT_EQ(choose_locale(field), Locale::en) << field;
  }
}

TEST(LocaleTest, ALongFieldIsNotReadToItsEnd) {
  std::string field;
  for (int i = 0; i < 10000; ++i) field += "fr,";
  EXPECT_EQ(choose_locale(field + "de"), Locale::en);
}

}  // namespace
}  // namespace secureauth
