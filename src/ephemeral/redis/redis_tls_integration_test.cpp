#include "ephemeral/redis/redis_fixture.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace secureauth::ephemeral::redis {
namespace {

/// A server whose certificate is for `localhost` only, and the authority that signed it.
class RedisTlsTest : public RedisFixture {
 protected:
  RedisTlsTest() : RedisFixture("SECUREAUTH_TEST_REDIS_TLS") {}

  [[nodiscard]] ClientOptions trusting() const {
    auto trusting = options();
    trusting.ca_file = test_variable("SECUREAUTH_TEST_REDIS_TLS_CA").value();
    return trusting;
  }

  std::string refusal(ClientOptions options) {
    Client client(std::move(options));
    try {
      run_on(client, {"PING"}, "");
    } catch (const RedisUnavailable& refused) {
      return refused.what();
    }
    return "accepted";
  }
};

TEST_F(RedisTlsTest, ATrustedCertificateOfTheRightNameIsAccepted) {
  Client client(trusting());
  expect_text(run_on(client, {"PING"}, ""), "PONG");
  const std::string large(1U << 20U, 'x');
  run_on(client, {"SET", key("large"), large}, "");
  EXPECT_EQ(run_on(client, {"GET", key("large")}, "").text(), large);
}

TEST_F(RedisTlsTest, AnUnknownAuthorityIsRefused) {  // ASVS 12.3.2
  EXPECT_NE(refusal(options()).find("certificate verify failed"), std::string::npos);
}

TEST_F(RedisTlsTest, ACertificateForAnotherNameIsRefused) {  // ASVS 12.3.2
  auto other = trusting();
  other.url.endpoints.front().host = "127.0.0.1";
  EXPECT_NE(refusal(std::move(other)).find("certificate verify failed"), std::string::npos);
}

TEST_F(RedisTlsTest, NeitherSideFallsBackToPlain) {
  auto plain = trusting();
  plain.url.tls = false;
  EXPECT_NE(refusal(std::move(plain)), "accepted");
  if (const auto url = test_variable("SECUREAUTH_TEST_REDIS")) {
    auto to_plain_server = trusting();
    to_plain_server.url = parse_url(*url);
    to_plain_server.url.tls = true;
    EXPECT_NE(refusal(std::move(to_plain_server)), "accepted");
  }
}

TEST_F(RedisTlsTest, AnAuthorityThatCannotBeReadStopsTheStart) {
  auto unreadable = options();
  unreadable.ca_file = "/nowhere/ca.pem";
  EXPECT_THROW(Client{std::move(unreadable)}, std::invalid_argument);
}

}  // namespace
}  // namespace secureauth::ephemeral::redis
