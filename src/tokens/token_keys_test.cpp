#include "tokens/token_keys.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

namespace secureauth::tokens {
namespace {

crypto::SecretBytes master(char fill) {
  return crypto::SecretBytes(std::string(32, fill));
}

class TokenKeysTest : public testing::TestWithParam<Algorithm> {
 protected:
  TokenKeys with(const crypto::SecretBytes& current, const crypto::SecretBytes& next = {}) {
    return {GetParam(), {.current = current, .next = next, .old = old_}};
  }
  static boost::json::array listed(const TokenKeys& keys) {
    return boost::json::parse(keys.key_set()).at("keys").as_array();
  }
  static std::string kid(const boost::json::value& key) { return std::string(key.at("kid").as_string()); }
  static std::array<std::string, 3> parts(const std::string& token) {
    const auto first = token.find('.');
    const auto second = token.find('.', first + 1);
    return {token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1)};
  }

  std::vector<crypto::SecretBytes> old_;
};

std::string decoded(const std::string& part) {
  return std::string(crypto::as_text(*crypto::base64url_decode(part)));
}

TEST_P(TokenKeysTest, TheHeaderNamesTypeAlgorithmAndKey) {  // RFC 8725 §3.1, §3.11
  const auto keys = with(master('a'));
  const auto header = boost::json::parse(decoded(parts(keys.sign({{"sub", "x"}}))[0])).as_object();
  EXPECT_EQ(header.size(), 3U);
  EXPECT_EQ(header.at("typ"), "session+jwt");
  EXPECT_EQ(header.at("alg"), GetParam() == Algorithm::eddsa ? "EdDSA" : "ES256");
  EXPECT_EQ(header.at("kid"), listed(keys).at(0).at("kid"));
  EXPECT_EQ(decoded(parts(keys.sign({{"sub", "x"}}))[1]), R"({"sub":"x"})");
}

TEST_P(TokenKeysTest, TheSignatureIsOverHeaderAndClaims) {  // RFC 7515 §5.1; RFC 7518 §3.4; RFC 8037 §3.1
  const auto keys = with(master('a'));
  const auto token = keys.sign({{"sub", "x"}});
  const auto signature = crypto::base64url_decode(parts(token)[2]);
  ASSERT_TRUE(signature);
  EXPECT_EQ(signature->size(), 64U);
  if (GetParam() == Algorithm::es256) return;  // what P-256 signs, p256_signing_key_test.cpp verifies
  const auto x = crypto::base64url_decode(std::string(listed(keys).at(0).at("x").as_string()));
  crypto::VerifyKey::Bytes published{};
  ASSERT_EQ(x->size(), published.size());
  std::ranges::copy(*x, published.begin());
  EXPECT_TRUE(crypto::VerifyKey(published).accepts(crypto::as_bytes(token.substr(0, token.rfind('.'))), *signature));
}

TEST_P(TokenKeysTest, AKeysIdIsItsThumbprint) {  // RFC 7638 §3
  const auto keys = with(master('a'));
  auto members = listed(keys).at(0).as_object();
  const auto id = kid(members);
  for (const auto* name : {"kid", "alg", "use"}) members.erase(name);
  EXPECT_EQ(members.size(), GetParam() == Algorithm::eddsa ? 3U : 4U);
  EXPECT_FALSE(members.contains("d"));
  const std::string text =
      GetParam() == Algorithm::eddsa
          ? R"({"crv":"Ed25519","kty":"OKP","x":")" + std::string(members.at("x").as_string()) + "\"}"
          : R"({"crv":"P-256","kty":"EC","x":")" + std::string(members.at("x").as_string()) + R"(","y":")" +
                std::string(members.at("y").as_string()) + "\"}";
  EXPECT_EQ(id, crypto::base64url_encode(crypto::sha256(crypto::as_bytes(text))));
}

TEST_P(TokenKeysTest, KeysOverlapWhenTheyAreChanged) {  // ASVS 11.2.2
  const auto before = with(master('a'), master('b'));
  old_.push_back(master('a'));
  const auto after = with(master('b'));
  EXPECT_EQ(kid(listed(before).at(0)), kid(listed(after).at(1)));
  EXPECT_EQ(kid(listed(before).at(1)), kid(listed(after).at(0)));
}

TEST_P(TokenKeysTest, WithoutAKeyNothingIsSignedAndNothingPublished) {
  const auto keys = with({});
  EXPECT_FALSE(keys.can_sign());
  EXPECT_EQ(keys.key_set(), R"({"keys":[]})");
  EXPECT_THROW(static_cast<void>(keys.sign({})), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Both, TokenKeysTest, testing::Values(Algorithm::eddsa, Algorithm::es256));

TEST(TokenKeys, NoKeyIsUsedWithTwoAlgorithms) {  // RFC 8725 §3.2
  const std::vector<crypto::SecretBytes> none;
  const crypto::SecretBytes seed = master('a');
  const crypto::SecretBytes empty;
  std::set<std::string> sets;
  for (const auto algorithm : {Algorithm::eddsa, Algorithm::es256}) {
    sets.insert(TokenKeys(algorithm, {.current = seed, .next = empty, .old = none}).key_set());
  }
  EXPECT_EQ(sets.size(), 2U);
  EXPECT_EQ(sets.begin()->find(crypto::base64url_encode(crypto::SigningKey(seed).verify_key().bytes())),
            std::string::npos);
}

}  // namespace
}  // namespace secureauth::tokens
