#include "mail/mime.hpp"

#include "core/unicode.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "mail/address.hpp"

#include <gtest/gtest.h>

namespace secureauth::mail {
namespace {

const Timestamp kTime = from_rfc3339("2026-11-24T15:38:09.123456Z");
constexpr std::string_view kId = "0198c0de-0000-7000-8000-000000000001";

std::string composed(Message message, const Sender& sender = {"noreply@bank.example", "Bank"}) {
  return compose(message, sender, kId, kTime);
}

Message message() {
  return {.recipient = "ann@example.org", .subject = "Hello", .text = "Grüße\n", .html = "<p>Gr&uuml;&szlig;e</p>\n"};
}

bool has_line(const std::string& mail, const std::string& line) {
  return ("\r\n" + mail).find("\r\n" + line + "\r\n") != std::string::npos;
}

TEST(MimeTest, ComposesTheSameBytesForEveryAttempt) {
  EXPECT_EQ(composed(message()), composed(message()));
  const auto mail = composed(message());
  EXPECT_TRUE(has_line(mail, "Date: Tue, 24 Nov 2026 15:38:09 +0000"));
  EXPECT_TRUE(has_line(mail, "From: \"Bank\"\r\n <noreply@bank.example>"));
  EXPECT_TRUE(has_line(mail, "To: <ann@example.org>"));
  EXPECT_TRUE(has_line(mail, "Subject: Hello"));
  EXPECT_TRUE(has_line(mail, "Message-ID: <" + std::string(kId) + "@bank.example>"));
  EXPECT_TRUE(has_line(mail, "Auto-Submitted: auto-generated"));  // RFC 3834 §5
  EXPECT_TRUE(has_line(mail, "Gr=C3=BC=C3=9Fe"));
  EXPECT_TRUE(mail.ends_with("--=_" + std::string(kId) + "--\r\n"));
}

TEST(MimeTest, ASubjectMakesNoHeader) {  // ASVS 1.3.11; attack 32
  auto tricky = message();
  for (const auto* subject :
       {"a\r\nBcc: b@example.org", "a\nBcc: b@example.org", "a\rBcc: b", "=?utf-8?q?=0aBcc:_b?="}) {
    tricky.subject = subject;
    EXPECT_EQ(composed(tricky).find("\nBcc:"), std::string::npos) << subject;
  }
  EXPECT_EQ(composed(message(), {"a@bank.example", "x\r\nBcc: b@example.org"}).find("\nBcc:"), std::string::npos);
}

TEST(MimeTest, HeadersBeyondAsciiAreEncodedWordsOnShortLines) {  // RFC 2047 §2
  EXPECT_EQ(header_text("Hello"), "Hello");
  EXPECT_EQ(header_text("Grüße"), "=?UTF-8?B?R3LDvMOfZQ==?=");
  EXPECT_EQ(header_text("=?x"), "=?UTF-8?B?PT94?=");
  std::string many;
  for (int i = 0; i < 50; ++i) many += "ü€";
  std::string decoded;
  std::string rest = header_text(many) + "\r\n ";
  while (!rest.empty()) {
    const auto end = rest.find("\r\n ");
    const auto word = rest.substr(0, end);
    rest.erase(0, end + 3);
    ASSERT_LE(word.size(), 75U);
    ASSERT_TRUE(word.starts_with("=?UTF-8?B?") && word.ends_with("?="));
    const auto bytes = crypto::base64_decode(word.substr(10, word.size() - 12)).value();
    const std::string piece(crypto::as_text(bytes));
    EXPECT_TRUE(unicode::is_valid(piece)) << "no character is split";
    decoded += piece;
  }
  EXPECT_EQ(decoded, many);
}

TEST(MimeTest, AQuotedNameStaysOne) {
  const auto mail = composed(message(), {"a@bank.example", R"(Bank "\, Inc)"});
  EXPECT_TRUE(has_line(mail, R"(From: "Bank \"\\, Inc")"
                             "\r\n <a@bank.example>"));
  EXPECT_TRUE(has_line(composed(message(), {"a@bank.example", ""}), "From: <a@bank.example>"));
}

TEST(MimeTest, QuotedPrintableKeepsEverythingAndNoLongLine) {  // RFC 2045 §6.7
  EXPECT_EQ(quoted_printable("a=b\n"), "a=3Db\r\n");
  EXPECT_EQ(quoted_printable("end \n"), "end=20\r\n");
  EXPECT_EQ(quoted_printable("a\n\nb"), "a\r\n\r\nb\r\n");
  EXPECT_EQ(quoted_printable("a\rb\tc"), "a=0Db=09c\r\n");
  EXPECT_EQ(quoted_printable(std::string(80, 'x')), std::string(75, 'x') + "=\r\n" + std::string(5, 'x') + "\r\n");
  const auto split = quoted_printable(std::string(74, 'x') + "ü");
  EXPECT_EQ(split, std::string(74, 'x') + "=\r\n=C3=BC\r\n") << "a byte's code is never split";
}

TEST(MimeTest, AnAddressThatSmtpWouldMisreadIsUnusable) {  // ASVS 1.3.11; attack 31
  for (const auto* good : {"ann@example.org", "o'hara+tag@example.org", "a|b=c@xn--mnchen-3ya.example"}) {
    EXPECT_EQ(form_of(good), AddressForm::ascii) << good;
  }
  EXPECT_EQ(form_of("ärger@example.org"), AddressForm::international);
  for (const auto* bad : {"",
                          "@",
                          "a@",
                          "@b",
                          "ab",
                          "a b@c.d",
                          "a\r\nb@c.d",
                          "<a@c.d>",
                          "a>b@c.d",
                          "a,b@c.d",
                          "a@b@c.d",
                          "\"a\"@c.d",
                          "a\\b@c.d",
                          "a@c d",
                          "a@[127.0.0.1]",
                          "a@münchen.de",
                          "a\u202e@c.d",
                          "=?utf-8?q?=0d=0a?=@c.d",
                          "a@c.d\r\n",
                          "a\xff@c.d"}) {
    EXPECT_EQ(form_of(bad), AddressForm::unusable) << bad;
  }
  EXPECT_EQ(form_of(std::string(251, 'a') + "@c.d"), AddressForm::unusable);
  EXPECT_EQ(form_of(std::string("a\0@c.d", 6)), AddressForm::unusable);
}

}  // namespace
}  // namespace secureauth::mail
