#include "keys/key_reload.hpp"

#include "app/feature_fixture.hpp"
#include "crypto/encoding.hpp"
#include "keys/names_key.hpp"
#include "settings/settings_testing.hpp"

namespace secureauth::keys {
namespace {

using settings::kKeyA;
using settings::kKeyB;
using settings::kKeyC;

class KeyReloadTest : public app::FeatureFixture {
 protected:
  using Variables = std::map<std::string, std::string>;

  settings::SettingsInput input(Variables environment) const {
    environment.emplace("DATABASE_URL", "sqlite:" + file_.string());
    settings::SettingsInput given;
    given.environment = std::move(environment);
    given.dotenv_path = folder_.path() / ".env";
    return given;
  }
  static std::string in_force(const crypto::RotatingKey& key) { return key.ids().current; }
  static std::string id_of(const char* hex) { return crypto::key_id_of(crypto::SecretBytes(*crypto::hex_decode(hex))); }
  /// What the audit log says of reloads, in order.
  std::vector<std::string> outcomes() {
    return select("SELECT outcome FROM audit_logs WHERE event = 'keys.reloaded' ORDER BY id");
  }

  settings::Config config_ = settings::load_settings(input({{"CSRF_SECRET", kKeyA}})).config;
  Keys keys_{config_};
  audit::AuditKeys audit_keys_{keys_.audit};
  audit::AuditLog audit_{clock_, random_, audit_keys_};
  KeyReload reload_{{.database = *database_, .keys = keys_, .audit = audit_, .clock = clock_, .random = random_},
                    config_};
};

TEST_F(KeyReloadTest, OtherKeysComeIntoForce) {
  keys_.names.replace(wait(names_key::load(*database_, keys_.secret, random_, clock_)));
  reload_.begin();
  const auto names = keys_.names.ids();
  reload_(input({{"CSRF_SECRET", kKeyB}, {"CSRF_SECRETS_OLD", kKeyA}}));
  EXPECT_EQ(in_force(keys_.csrf), id_of(kKeyB));
  EXPECT_EQ(keys_.csrf.ids().old, std::vector{id_of(kKeyA)});
  EXPECT_EQ(keys_.names.ids(), names);
  EXPECT_EQ(outcomes(), std::vector<std::string>{"success"});
  EXPECT_EQ(select("SELECT state FROM key_states WHERE purpose = 'csrf' ORDER BY state"),
            (std::vector<std::string>{"current", "old"}));
}

TEST_F(KeyReloadTest, AKeyThatIsGoneUnaskedChangesNothing) {
  reload_.begin();
  reload_(input({{"CSRF_SECRET", kKeyB}}));
  EXPECT_EQ(in_force(keys_.csrf), id_of(kKeyA));
  EXPECT_EQ(outcomes(), std::vector<std::string>{"failure"});
}

TEST_F(KeyReloadTest, ASecretOfAnotherDatabaseChangesNothing) {
  keys_.names.replace(wait(names_key::load(*database_, keys_.secret, random_, clock_)));
  reload_.begin();
  const auto secret = keys_.secret.ids();
  reload_(input({{"CSRF_SECRET", kKeyB}, {"CSRF_SECRETS_OLD", kKeyA}, {"SECRET_KEY", kKeyC}}));
  EXPECT_EQ(keys_.secret.ids(), secret);
  EXPECT_EQ(in_force(keys_.csrf), id_of(kKeyA));
  EXPECT_EQ(outcomes(), std::vector<std::string>{"failure"});
}

}  // namespace
}  // namespace secureauth::keys
