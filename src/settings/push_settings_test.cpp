#include "settings/settings_testing.hpp"

namespace secureauth::settings {
namespace {

constexpr const char* kSecretA = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kSecretB = "whsec_q5oqmXCt0P7nUMYQd3XgW0dWkY0J8cXo";

TEST_F(SettingsTest, WebhooksMayStandOnLinesOfAFile) {
  const auto hooks =
      write("hooks", "crm=https://crm.test/in user.*  email.changed\nfraud = https://fraud.test/?k=v *\n");
  const auto secrets = write("secrets", std::string("crm=") + kSecretA + "\nfraud=" + kSecretB + "\ncrm=" + kSecretB);
  const auto outcome = load({{"WEBHOOKS_FILE", hooks}, {"WEBHOOK_SECRETS_FILE", secrets}});
  ASSERT_EQ(outcome.mistakes, Lines());
  const auto& read = outcome.config.push.webhooks;
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].name, "crm");
  EXPECT_EQ(read[0].url, "https://crm.test/in");
  EXPECT_EQ(read[0].events, (Lines{"user.*", "email.changed"}));
  EXPECT_EQ(read[0].secrets.size(), 2U) << "while one is replaced";
  EXPECT_EQ(read[1].url, "https://fraud.test/?k=v");
  EXPECT_EQ(read[1].events, Lines{"*"});
}

TEST_F(SettingsTest, ReceiversAreShownWithoutWhatIsSecretInThem) {  // ASVS 13.3.1
  const auto outcome = load({{"WEBHOOKS", "a=https://a.test/?token=hidden *"},
                             {"WEBHOOK_SECRETS", std::string("a=") + kSecretA},
                             {"AUDIT_SIEM_URL", "https://siem.test/in?token=hidden"},
                             {"AUDIT_SIEM_SECRET", kSecretB}});
  ASSERT_EQ(outcome.mistakes, Lines());
  EXPECT_EQ(shown(outcome, "WEBHOOKS"), "a=https://a.test/?******** *");
  EXPECT_EQ(shown(outcome, "AUDIT_SIEM_URL"), "https://siem.test/in?********");
  EXPECT_EQ(shown(outcome, "WEBHOOK_SECRETS"), "********");
  EXPECT_EQ(shown(outcome, "AUDIT_SIEM_SECRET"), "********");
}

TEST_F(SettingsTest, ASyslogReceiverIsAHostAndAPort) {
  const auto outcome = load({{"AUDIT_SYSLOG_URL", "tls://[2001:db8::7]:6514"}});
  ASSERT_EQ(outcome.mistakes, Lines());
  EXPECT_TRUE(outcome.config.push.syslog.tls);
  EXPECT_EQ(outcome.config.push.syslog.host, "2001:db8::7");
  EXPECT_EQ(outcome.config.push.syslog.port, 6514);
  for (const auto* url : {"tls://h", "udp://h:1", "tls://h:0", "tls://me@h:1", "tls://h:1/x", "tls://h:1?x", "h:1"}) {
    EXPECT_EQ(load({{"AUDIT_SYSLOG_URL", url}}).mistakes,
              Lines{"AUDIT_SYSLOG_URL must be tls://HOST:PORT or tcp://HOST:PORT"})
        << url;
  }
}

}  // namespace
}  // namespace secureauth::settings
