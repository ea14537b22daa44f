#include "accounts/email_address.hpp"

#include <gtest/gtest.h>

#include <string>

namespace secureauth::accounts {
namespace {

std::string key_of(std::string_view text) {
  const auto parsed = EmailAddress::parse(text);
  return parsed ? parsed->key() : "refused";
}

TEST(EmailAddressTest, FoldsCaseAndNothingElse) {  // DESIGN "Settled"; ASVS 2.1.1
  EXPECT_EQ(key_of("Alice.B+tag@Example.ORG"), "alice.b+tag@example.org");
  EXPECT_NE(key_of("aliceb@example.org"), key_of("alice.b@example.org"));
}

TEST(EmailAddressTest, ComposedAndDecomposedSpellingsAreOneAccount) {  // RFC 6531; UAX #15
  EXPECT_EQ(key_of("jos\xc3\xa9@example.org"), key_of("jose\xcc\x81@example.org"));
}

TEST(EmailAddressTest, InternationalDomainsAreComparedInAscii) {  // RFC 5891
  EXPECT_EQ(key_of("a@B\xc3\xbc"
                   "cher.example"),
            "a@xn--bcher-kva.example");
  EXPECT_EQ(key_of("a@b\xc3\xbc"
                   "cher.example"),
            key_of("a@xn--bcher-kva.example"));
}

TEST(EmailAddressTest, MailGoesToTheSpellingThatWasGiven) {  // ASVS 2.1.1
  EXPECT_EQ(EmailAddress::parse("Alice@Example.org")->spelling(), "Alice@example.org");
}

class RefusedAddress : public testing::TestWithParam<std::string> {};

TEST_P(RefusedAddress, IsRefused) {  // SECURITY.md attack 31
  const auto parsed = EmailAddress::parse(GetParam());
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().fields.at(0).code, "invalid_email");
}

INSTANTIATE_TEST_SUITE_P(Corpus, RefusedAddress,
                         testing::Values("", "@", "a@", "@example.org", "a.example.org", "a@b@example.org",
                                         "a b@example.org", "a@exa mple.org", "a\r\nBcc: x@example.org",
                                         "a@example.org\r\n", std::string("a\0@example.org", 14), "\"a\"@example.org",
                                         "a(comment)@example.org", "a@[127.0.0.1]", "a@127.0.0.1", "a@localhost",
                                         ".a@example.org", "a.@example.org", "a..b@example.org", "a@example.org.",
                                         "a@.example.org", "a@-example.org", "a\xe2\x80\xae@example.org",
                                         "a\xe2\x80\x8b@example.org", "a\xff@example.org",
                                         "a\xef\xbc\xa0"
                                         "example.org",
                                         std::string(65, 'a') + "@example.org", "a@" + std::string(250, 'b') + ".org",
                                         "<a@example.org>", "a,b@example.org"));

TEST(EmailAddressTest, AKeyBeginsWithThePrefixOfItsAddress) {
  const auto key = EmailAddress::parse("Ann.Bell@Example.ORG").value().key();
  for (const std::string_view prefix :
       {"", "A", "ann.", "ANN.BELL", "ann.bell@", "Ann.Bell@EXAMPLE", "ann.bell@example.o", "Ann.Bell@Example.org"}) {
    EXPECT_TRUE(key.starts_with(EmailAddress::key_prefix(prefix).value())) << prefix;
  }
  EXPECT_EQ(EmailAddress::key_prefix("ann@B\u00fccher.example").value(), "ann@xn--bcher-kva.example");
  for (const std::string_view wrong : {"a b", "a\nb", "\xff", "a\u202eb"}) {
    EXPECT_FALSE(EmailAddress::key_prefix(wrong)) << wrong;
  }
  EXPECT_FALSE(EmailAddress::key_prefix(std::string(255, 'a')));
  EXPECT_FALSE(EmailAddress::key_prefix(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace secureauth::accounts
