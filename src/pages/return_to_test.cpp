#include "pages/return_to.hpp"

#include <gtest/gtest.h>

namespace secureauth::pages {
namespace {

const ReturnTo& policy() {
  static const ReturnTo policy("https://auth.example.org",
                               {"https://app.example.org", "http://localhost:3000", "http://localhost"});
  return policy;
}

std::string allowed(std::string_view url) {
  const auto checked = policy().check(url);
  return checked ? *checked : "refused";
}

TEST(ReturnToTest, LeadsToThisSiteAndTheListedOnes) {  // ASVS 3.7.2
  EXPECT_EQ(allowed("/"), "https://auth.example.org/");
  EXPECT_EQ(allowed("/account?x=1#passkeys"), "https://auth.example.org/account?x=1#passkeys");
  EXPECT_EQ(allowed("https://auth.example.org"), "https://auth.example.org/");
  EXPECT_EQ(allowed("https://app.example.org/orders/7?tab=a%20b"), "https://app.example.org/orders/7?tab=a%20b");
  EXPECT_EQ(allowed("http://localhost:3000/"), "http://localhost:3000/");
}

TEST(ReturnToTest, WritesTheOriginAsItIsListed) {  // ASVS 3.7.2
  EXPECT_EQ(allowed("HTTPS://APP.example.ORG:443/x"), "https://app.example.org/x");
  EXPECT_EQ(allowed("http://localhost:80/x"), "http://localhost/x");
  EXPECT_EQ(allowed("https://app.example.org:/x"), "https://app.example.org/x");
  EXPECT_EQ(allowed("https://app.example.or%67/x"), "https://app.example.org/x") << "decoded before it is compared";
}

TEST(ReturnToTest, LeadsNowhereElse) {  // ASVS 3.7.2, attack 22
  for (const std::string_view url : {"",
                                     "account",
                                     "?x",
                                     "#x",
                                     "./account",
                                     "..",
                                     "//evil.example",
                                     "///evil.example",
                                     "////evil.example",
                                     "/\\evil.example",
                                     "\\\\evil.example",
                                     "\\/evil.example",
                                     "https:evil.example",
                                     "https:/evil.example",
                                     "https:///evil.example",
                                     "https://evil.example",
                                     "https://evil.example/https://app.example.org",
                                     "https://app.example.org.evil.example",
                                     "https://app.example.org@evil.example",
                                     "https://x@app.example.org/",
                                     "https://x:y@app.example.org/",
                                     "https://@app.example.org/",
                                     "https://app.example.org:444/",
                                     "https://app.example.org:99999/",
                                     "http://app.example.org/",
                                     "https://localhost:3000/",
                                     "https://app.example.org\\@evil.example/",
                                     "https://app.example.org%2f@evil.example/",
                                     "javascript:alert(1)",
                                     "JavaScript:alert(1)",
                                     "java\tscript:alert(1)",
                                     " javascript:alert(1)",
                                     "data:text/html,x",
                                     "ftp://app.example.org/",
                                     "file:///etc/passwd",
                                     "blob:https://app.example.org/x",
                                     "/a b",
                                     "/a\tb",
                                     "/a\r\nb",
                                     "\thttps://app.example.org/",
                                     "https://app.example.org\t/",
                                     "https://\tapp.example.org/",
                                     "https://xn--pp-yia.example.org/",
                                     "https://\xc3\xa4pp.example.org/",
                                     "https://app.example.org\xe3\x80\x82x/",
                                     "https://app.example.org%00.evil.example/",
                                     "https://app.example.org#@evil.example/x\n"}) {
    EXPECT_EQ(allowed(url), "refused") << url;
  }
  EXPECT_NE(allowed("/" + std::string(2047, 'x')), "refused");
  EXPECT_EQ(allowed("/" + std::string(2048, 'x')), "refused");
}

TEST(ReturnToTest, WhatLooksLikeAnotherSiteStaysOnThisOne) {  // ASVS 3.7.2
  EXPECT_EQ(allowed("/x//evil.example"), "https://auth.example.org/x//evil.example");
  EXPECT_EQ(allowed("https://app.example.org//evil.example"), "https://app.example.org//evil.example");
  EXPECT_EQ(allowed("/?return_to=https://evil.example"), "https://auth.example.org/?return_to=https://evil.example");
}

}  // namespace
}  // namespace secureauth::pages
