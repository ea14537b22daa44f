#include "mfa/totp/provisioning.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <gtest/gtest.h>

#include <vector>

namespace secureauth::mfa {
namespace {

TEST(TotpProvisioning, TheSecretIsBase32WithoutPadding) {  // RFC 4648 §10
  EXPECT_EQ(totp_secret_text(crypto::SecretBytes("foobar")), "MZXW6YTBOI");
  EXPECT_EQ(totp_secret_text(crypto::SecretBytes("12345678901234567890")), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

TEST(TotpProvisioning, TheUriIsWhatEveryAppReads) {
  EXPECT_EQ(totp_uri("ACME Co", "john.doe@email.com", "HXDMVJECJJWSRB3H", {}),
            "otpauth://totp/ACME%20Co:john.doe%40email.com?secret=HXDMVJECJJWSRB3H&issuer=ACME%20Co&algorithm=SHA1"
            "&digits=6&period=30");
  EXPECT_TRUE(totp_uri("A", "b", "S", {TotpAlgorithm::sha512, 8, std::chrono::seconds(60)})
                  .ends_with("&algorithm=SHA512&digits=8&period=60"));
}

// Names that would leave their place if they were not encoded.
const std::vector<std::string> kNames = {
    "a&issuer=x", "a?secret=AAAA",         "a%26b", "a#b", "a/../b", "a:b", "a\"><script>",
    "a+b c",      "\xF0\x9F\x8F\xA6 Bänk", "a\nb",  "a%",  ""};

class InertNames : public testing::TestWithParam<std::string> {};

TEST_P(InertNames, StayInTheirPlace) {  // ASVS 1.2.2
  const auto& name = GetParam();
  const auto uri = totp_uri(name, name + "@example.org", "MZXW6YTB", {});
  EXPECT_EQ(uri.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%:/?&="),
            std::string::npos);
  const auto url = boost::urls::parse_uri(uri);
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme(), "otpauth");
  EXPECT_EQ(url->host(), "totp");
  EXPECT_FALSE(url->has_fragment());
  ASSERT_EQ(url->encoded_segments().size(), 1U);
  const std::string label(url->encoded_segments().front());
  ASSERT_EQ(std::count(label.begin(), label.end(), ':'), 1);
  const auto colon = label.find(':');
  const auto decoded = [](std::string_view part) { return boost::urls::pct_string_view(part).decode(); };
  EXPECT_EQ(decoded(std::string_view(label).substr(0, colon)), name);
  EXPECT_EQ(decoded(std::string_view(label).substr(colon + 1)), name + "@example.org");
  std::vector<std::string> keys;
  for (const auto& parameter : url->params()) {
    keys.emplace_back(parameter.key);
    const bool is_named = parameter.key == "issuer";
    const bool is_secret = parameter.key == "secret";
    EXPECT_TRUE(!is_named || parameter.value == name);
    EXPECT_TRUE(!is_secret || parameter.value == "MZXW6YTB");
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"secret", "issuer", "algorithm", "digits", "period"}));
}
INSTANTIATE_TEST_SUITE_P(Each, InertNames, testing::ValuesIn(kNames));

}  // namespace
}  // namespace secureauth::mfa
