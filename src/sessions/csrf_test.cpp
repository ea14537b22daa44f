#include "sessions/csrf.hpp"

#include "crypto/rotating_key_fixture.hpp"

#include <gtest/gtest.h>

namespace secureauth::sessions {
namespace {

class CsrfTest : public testing::Test {
 protected:
  crypto::SystemRandom random_;
  crypto::SecretBytes secret_{std::string_view("0123456789abcdef0123456789abcdef")};
  CsrfTokens tokens_{secret_, "https://auth.example", random_};
  crypto::Sha256 mine_ = crypto::sha256(crypto::as_bytes("my session"));
  crypto::Sha256 other_ = crypto::sha256(crypto::as_bytes("another session"));
};

TEST_F(CsrfTest, AcceptsItsOwnTokenInHeaderAndCookie) {
  const auto token = tokens_.issue(mine_);
  EXPECT_TRUE(tokens_.accept(token, token, mine_));
}

TEST_F(CsrfTest, ATokenIsWorthNothingBesideAnotherSession) {  // ASVS 3.5.1
  const auto token = tokens_.issue(mine_);
  EXPECT_FALSE(tokens_.accept(token, token, other_));
}

TEST_F(CsrfTest, HeaderAndCookieMustBeTheSame) {
  EXPECT_FALSE(tokens_.accept(tokens_.issue(mine_), tokens_.issue(mine_), mine_));
}

TEST_F(CsrfTest, RefusesWhatItDidNotSign) {  // ASVS 9.1.1: flipped, truncated, empty
  auto token = tokens_.issue(mine_);
  for (const auto& forged : {std::string(), std::string("."), token.substr(0, token.size() - 1), token + "A",
                             token.substr(0, token.find('.') + 1), std::string("x") + token}) {
    EXPECT_FALSE(tokens_.accept(forged, forged, mine_)) << forged;
  }
  for (auto& c : token) {
    const char before = c;
    c = c == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens_.accept(token, token, mine_)) << token;
    c = before;
  }
}

TEST_F(CsrfTest, AnotherSitesTokenIsForeign) {  // ASVS 9.2.3
  const CsrfTokens elsewhere(secret_, "https://other.example", random_);
  const auto token = elsewhere.issue(mine_);
  EXPECT_FALSE(tokens_.accept(token, token, mine_));
}

TEST_F(CsrfTest, ATokenOutlivesAChangeOfKeysAndNoRetirement) {  // ASVS 11.2.2
  const crypto::SecretBytes fresh("another key of thirty-two bytes!");
  const crypto::RotatingKey key(secret_);
  const CsrfTokens tokens(key, "https://auth.example", random_);
  const auto token = tokens.issue(mine_);
  key.replace(crypto::generations(fresh, &secret_));
  EXPECT_TRUE(tokens.accept(token, token, mine_));
  EXPECT_FALSE(tokens.accept(token, token, other_));
  EXPECT_FALSE(tokens_.accept(tokens.issue(mine_), tokens.issue(mine_), mine_)) << "made under the new one";
  key.replace(crypto::generations(fresh, nullptr));
  EXPECT_FALSE(tokens.accept(token, token, mine_));
}

}  // namespace
}  // namespace secureauth::sessions
