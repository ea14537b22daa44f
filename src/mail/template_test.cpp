#include "mail/template.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace secureauth::mail {
namespace {

using Values = std::map<std::string_view, std::string>;

Values verification(const std::string& site) {
  return {{"site", site}, {"validity", "24 hours"}, {"link", "https://a.test/verify-email#token=T"}, {"token", "T"}};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(MailTemplateTest, FillsEveryPartAndLeavesNoPlaceholder) {
  const auto message = render("verify_email", "ann@example.org", verification("bank.test"));
  EXPECT_EQ(message.kind, "verify_email");
  EXPECT_EQ(message.recipient, "ann@example.org");
  EXPECT_EQ(message.subject, "Confirm your e-mail address");
  EXPECT_TRUE(message.text.starts_with("Somebody, hopefully you, signed up at bank.test"));
  EXPECT_TRUE(contains(message.text, "\nhttps://a.test/verify-email#token=T\n"));
  EXPECT_TRUE(contains(message.html, "href=\"https://a.test/verify-email#token=T\""));
  for (const auto& part : {message.subject, message.text, message.html}) EXPECT_FALSE(contains(part, "{{"));
}

TEST(MailTemplateTest, EscapesValuesInTheHtmlPartOnly) {  // ASVS 1.2.1
  const auto message = render("address_taken", "ann@example.org", {{"site", R"(<b a="1" c='2'>&amp;)"}});
  EXPECT_TRUE(contains(message.html, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;"));
  EXPECT_FALSE(contains(message.html, "<b"));
  EXPECT_TRUE(contains(message.text, R"(<b a="1" c='2'>&amp;)"));
}

TEST(MailTemplateTest, NeverExpandsAValueAgain) {  // ASVS 1.3.7
  const auto message = render("verify_email", "ann@example.org", verification("{{token}}"));
  EXPECT_TRUE(contains(message.text, "signed up at {{token}} with"));
  EXPECT_TRUE(contains(message.html, "signed up at {{token}} with"));
}

TEST(MailTemplateTest, AMissingValueOrTemplateIsABug) {
  auto values = verification("bank.test");
  values.erase("token");
  EXPECT_THROW((void)render("verify_email", "ann@example.org", values), std::logic_error);
  EXPECT_THROW((void)render("no_such_mail", "ann@example.org", {}), std::logic_error);
}

}  // namespace
}  // namespace secureauth::mail
