#include "keys/keys.hpp"

#include "audit/address_digest.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace secureauth::keys {
namespace {

class KeysTest : public testing::Test {
 protected:
  KeysTest() {
    char fill = 'a';
    for (const auto& purpose : settings::key_purposes()) {
      (config_.*purpose.keys).current = crypto::SecretBytes(std::string(32, fill++));
    }
  }

  settings::Config config_;
};

TEST_F(KeysTest, EachPurposeHasItsOwn) {
  const Keys keys(config_);
  for (const auto& purpose : settings::key_purposes()) {
    EXPECT_EQ(keys.of(purpose).ids().current, crypto::key_id_of((config_.*purpose.keys).current)) << purpose.name;
  }
  EXPECT_EQ(keys.secret.ids().current, crypto::key_id_of(config_.secret_key.current));
  EXPECT_EQ(keys.token.ids().current, crypto::key_id_of(config_.token_key.current));
}

TEST_F(KeysTest, OneThatIsReplacedIsTheOneThatIsUsed) {
  const Keys keys(config_);
  const auto* purpose = settings::key_purpose("csrf");
  keys.of(*purpose).replace(config_.secret_key.clone());
  EXPECT_EQ(keys.csrf.ids(), keys.secret.ids());
}

TEST_F(KeysTest, NothingHasANameBeforeTheNamesKeyIsLoaded) {
  const Keys keys(config_);
  const audit::AddressDigest digest(keys.names);
  EXPECT_THROW((void)digest.of("ann@example.test"), std::logic_error);
  keys.names.replace(config_.secret_key.clone());
  EXPECT_EQ(digest.of("ann@example.test"), audit::AddressDigest(keys.secret).of("ann@example.test"));
}

}  // namespace
}  // namespace secureauth::keys
