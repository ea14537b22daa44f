#include "http/site_policy.hpp"

#include <gtest/gtest.h>

namespace secureauth::http {
namespace {

SitePolicy policy() {
  return SitePolicy({.own_origin = "https://auth.example",
                     .frontend_origins = {"https://front.example"},
                     .hosts = {"auth.example", "[::1]"}});
}

Request with(std::string_view name, std::string_view value) {
  Request request;
  request.method = Method::post;
  request.headers.emplace_back(name, value);
  return request;
}

TEST(SitePolicyTest, OnlyThisSiteAndItsFrontEndsMaySend) {  // ASVS 3.5.1; attack 20
  EXPECT_TRUE(policy().origin_is_allowed(with("origin", "https://auth.example")));
  EXPECT_TRUE(policy().origin_is_allowed(with("origin", "https://front.example")));
  for (const auto* foreign : {"https://front.example.evil.test", "http://auth.example", "https://auth.example:8443",
                              "https://AUTH.example", "https://auth.example.", "null", ""}) {
    EXPECT_FALSE(policy().origin_is_allowed(with("origin", foreign))) << foreign;
  }
}

TEST(SitePolicyTest, WithoutAnOriginTheBrowsersWordOnTheSiteCounts) {
  EXPECT_TRUE(policy().origin_is_allowed(with("accept", "*/*")));
  EXPECT_TRUE(policy().origin_is_allowed(with("sec-fetch-site", "same-origin")));
  EXPECT_FALSE(policy().origin_is_allowed(with("sec-fetch-site", "cross-site")));
  EXPECT_FALSE(policy().origin_is_allowed(with("sec-fetch-site", "same-site")));
}

TEST(SitePolicyTest, TheHostMustNameThisSite) {  // DNS rebinding, ASVS 13.4.5
  EXPECT_TRUE(policy().host_is_ours("auth.example"));
  EXPECT_TRUE(policy().host_is_ours("AUTH.example:8443"));
  EXPECT_TRUE(policy().host_is_ours("[::1]:8000"));
  for (const auto* foreign : {"evil.test", "auth.example.evil.test", "", ":8000", "auth.example:80:80"}) {
    EXPECT_FALSE(policy().host_is_ours(foreign)) << foreign;
  }
}

TEST(SitePolicyTest, CorsNamesAListedFrontEndAndNothingElse) {  // ASVS 3.4.2; attack 21
  Response listed;
  policy().add_cors(with("origin", "https://front.example"), listed);
  EXPECT_EQ(listed.headers.at(0).second, "Origin");
  EXPECT_EQ(listed.headers.at(1).second, "https://front.example");
  Response foreign;
  policy().add_cors(with("origin", "https://evil.test"), foreign);
  EXPECT_EQ(foreign.headers.size(), 1U);
}

}  // namespace
}  // namespace secureauth::http
