#include "mail/templates.hpp"

#include "core/temporary_folder_fixture.hpp"
#include "core/unicode.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

namespace secureauth::mail {
namespace {

constexpr std::array kLocales{Locale::en, Locale::de};

/// A letter with every value its kind asks for, each `(name)`.
Letter letter(Kind kind, Locale locale = Locale::en) {
  Letter made{
      .kind = kind, .recipient = "ann@example.org", .email_key = "ann@example.org", .locale = locale, .values = {}};
  for (const auto name : values_of(kind)) made.values[std::string(name)] = '(' + std::string(name) + ')';
  return made;
}

Letter with(Kind kind, const std::string& name, const std::string& value) {
  auto made = letter(kind);
  made.values.at(name) = value;
  return made;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

class TemplatesTest : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view content) const {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name, std::ios::binary) << content;
  }
  /// What the start would be stopped with, or "".
  [[nodiscard]] std::string refusal() const {
    try {
      const Templates checked(folder_.path());
      return "";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }
  TemporaryFolder folder_;
  Templates templates_;
};

TEST_F(TemplatesTest, EveryKindIsWrittenInEveryLanguage) {
  for (const auto kind : kKinds) {
    EXPECT_EQ(kind_from(name_of(kind)), kind);
    EXPECT_NE(templates_.render(letter(kind, Locale::en)).subject, templates_.render(letter(kind, Locale::de)).subject);
    for (const auto locale : kLocales) {
      const auto message = templates_.render(letter(kind, locale));
      EXPECT_EQ(message.recipient, "ann@example.org");
      EXPECT_FALSE(message.subject.empty());
      for (const auto& part : {message.subject, message.text, message.html}) EXPECT_FALSE(contains(part, "{{"));
      EXPECT_TRUE(contains(message.html, "<html lang=\"" + std::string(to_text(locale)) + "\">"));
      for (const auto* remote : {"src=", "<script", "url(", "<style", "@import", "<link"}) {
        EXPECT_FALSE(contains(message.html, remote)) << "nothing is fetched: " << remote;
      }
    }
  }
  EXPECT_FALSE(kind_from("no_such_mail"));
}

TEST_F(TemplatesTest, BothPartsSayWhenFromWhereAndTheWayBack) {  // ASVS 6.3.7; 63B §4.6
  for (const auto kind : kKinds) {
    for (const auto locale : kLocales) {
      const auto message = templates_.render(letter(kind, locale));
      for (const auto name : values_of(kind)) {
        const auto shown = '(' + std::string(name) + ')';
        EXPECT_TRUE(contains(message.text, shown)) << name_of(kind) << " text lacks " << name;
        const bool text_only = name == "token";
        EXPECT_EQ(contains(message.html, shown), !text_only) << name_of(kind) << " HTML lacks " << name;
      }
    }
  }
}

TEST_F(TemplatesTest, OnlyWhatNoStandardAsksForMayBeTurnedOff) {  // ASVS 6.3.5, 6.3.7, 6.3.8; 63B §4.6
  for (const auto kind : kKinds) {
    const auto names = values_of(kind);
    const bool has_token = std::ranges::find(names, "token") != names.end();
    EXPECT_FALSE(has_token && may_be_turned_off(kind)) << name_of(kind);
  }
  for (const auto kind :
       {Kind::password_changed, Kind::password_compromised, Kind::email_changed, Kind::email_change_undone,
        Kind::factor_added, Kind::factor_removed, Kind::factors_reset, Kind::recovery_codes_made,
        Kind::recovery_code_used, Kind::second_factor_failed, Kind::code_replayed, Kind::sign_in_after_failures,
        Kind::account_deleted, Kind::account_removed, Kind::address_taken, Kind::address_wanted, Kind::sign_up_again,
        Kind::email_change_asked}) {
    EXPECT_FALSE(may_be_turned_off(kind)) << name_of(kind);
  }
  EXPECT_TRUE(may_be_turned_off(Kind::new_sign_in));
}

TEST_F(TemplatesTest, EscapesValuesInTheHtmlPartOnly) {  // ASVS 1.2.1; attack 32
  const auto message = templates_.render(with(Kind::address_taken, "site", R"(<b a="1" c='2'>&amp;)"));
  EXPECT_TRUE(contains(message.html, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;"));
  EXPECT_FALSE(contains(message.html, "<b "));
  EXPECT_TRUE(contains(message.text, R"(<b a="1" c='2'>&amp;)"));
}

TEST_F(TemplatesTest, NeverExpandsAValueAgain) {  // ASVS 1.3.7; attack 32
  for (const auto* trick : {"{{token}}", "{{7*7}}", "{{link", "}}", "{{body}}"}) {
    const auto message = templates_.render(with(Kind::verify_email, "site", trick));
    EXPECT_TRUE(contains(message.text, std::string("signed up at ") + trick));
    EXPECT_TRUE(contains(message.html, std::string("signed up at ") + trick));
  }
}

TEST_F(TemplatesTest, AValueIsOneLineThatCanBeSeen) {  // ASVS 1.3.11; attack 32
  for (const auto* trick : {"a\r\nBcc: b@example.org", "a\nb", "a\rb",
                            "a\xe2\x80\xa8"
                            "b",
                            "a\xc2\x85"
                            "b",
                            "a\x1b[31mb"}) {
    const auto text = templates_.render(with(Kind::address_taken, "site", trick)).text;
    const auto line = text.substr(0, text.find("with this address"));
    EXPECT_EQ(line.find_first_of("\r\n\x1b"), std::string::npos) << trick;
    EXPECT_FALSE(contains(line, "\xe2\x80\xa8"));
    EXPECT_FALSE(contains(line, "\xc2\x85"));
  }
  const auto bidi = templates_.render(with(Kind::address_taken, "site",
                                           "a\xe2\x80\xae"
                                           "b\xe2\x80\x8b"
                                           "c\xff"));
  EXPECT_TRUE(contains(bidi.text, "sign up at abc\xef\xbf\xbd with"));
  const auto nul = templates_.render(with(Kind::address_taken, "site", std::string("a\0b", 3)));
  EXPECT_TRUE(contains(nul.text, "sign up at a b with"));
  const auto longest = templates_.render(with(Kind::address_taken, "site", std::string(9999, 'x')));
  EXPECT_TRUE(contains(longest.text, std::string(1024, 'x') + " with"));
}

TEST_F(TemplatesTest, AMissingValueIsABug) {
  for (const auto kind : kKinds) {
    for (const auto name : values_of(kind)) {
      auto incomplete = letter(kind);
      incomplete.values.erase(std::string(name));
      EXPECT_THROW((void)templates_.render(incomplete), std::logic_error) << name_of(kind) << ' ' << name;
    }
  }
}

TEST_F(TemplatesTest, AFolderReplacesFilesOneByOne) {
  write("en/address_taken.txt", "Hello from {{site}}\r\n\r\nOwn text.\r\n");
  write("frame.html", "<main>{{body}}</main>");
  write("README.md", "not a template");
  const Templates own(folder_.path());
  const auto message = own.render(letter(Kind::address_taken));
  EXPECT_EQ(message.subject, "Hello from (site)");
  EXPECT_EQ(message.text, "Own text.\n");
  EXPECT_TRUE(message.html.starts_with("<main><p>Somebody tried to sign up"));
  EXPECT_EQ(own.render(letter(Kind::address_taken, Locale::de)).text,
            templates_.render(letter(Kind::address_taken, Locale::de)).text);
}

TEST_F(TemplatesTest, AWrongFileStopsTheStartWithOneLine) {
  const std::string name = "en/verify_email.txt";
  for (const auto& [content, why] : std::vector<std::pair<std::string, std::string>>{
           {"Hi\n{{name}}", "has the placeholder {{name}}, but its values are site, link, token, validity, time"},
           {"Hi\n{{link", "opens a {{ that it does not close"},
           {"Hi\n\xff", "is not UTF-8"},
           {"\nNo subject", "must have a subject in its first line and a text below"},
           {"Subject only", "must have a subject in its first line and a text below"},
           {"Hi\n" + std::string(64 * 1024, 'x'), "is larger than 64 KiB"}}) {
    write(name, content);
    EXPECT_EQ(refusal(), std::string("the mail template ").append(name).append(" ").append(why));
  }
  write(name, "Hi\nthere");
  write("en/verfy_email.txt", "Hi\nthere");
  EXPECT_EQ(refusal(), "the mail template en/verfy_email.txt belongs to no mail");
}

TEST_F(TemplatesTest, AnUnreadableFolderOrFileStopsTheStart) {
  EXPECT_THROW(const Templates missing(folder_.path() / "missing"), std::runtime_error);
  std::filesystem::create_directories(folder_.path() / "frame.html");
  EXPECT_EQ(refusal(), "the mail template frame.html cannot be read");
}

TEST(LetterTest, SaysLivesAndTimesInWords) {
  using namespace std::chrono_literals;
  EXPECT_EQ(in_words(24h, Locale::en), "24 hours");
  EXPECT_EQ(in_words(24h, Locale::de), "24 Stunden");
  EXPECT_EQ(in_words(30min, Locale::en), "30 minutes");
  EXPECT_EQ(in_words(90min, Locale::de), "90 Minuten");
  EXPECT_EQ(in_words(5s, Locale::de), "5 Sekunden");
  EXPECT_EQ(in_words(1s, Locale::en), "1 second");
  EXPECT_EQ(in_words(168h, Locale::en), "7 days");
  EXPECT_EQ(in_words(168h, Locale::de), "7 Tagen");
  const auto time = from_rfc3339("2026-03-04T05:06:07.000000Z");
  EXPECT_EQ(in_words(time, Locale::en), "4 March 2026, 05:06 UTC");
  EXPECT_EQ(in_words(time, Locale::de), "4. März 2026, 05:06 Uhr (UTC)");
}

TEST(LetterTest, MasksAnAddress) {
  EXPECT_EQ(masked("new.me@example.org"), "n…@example.org");
  EXPECT_EQ(masked("ärger@example.org"), "ä…@example.org");
  EXPECT_EQ(masked("nobody"), "…");
  EXPECT_EQ(masked("@example.org"), "…");
}

TEST(LetterTest, SaysWhenAndWhere) {
  Letter notice{.kind = Kind::account_deleted, .recipient = "", .email_key = "", .locale = Locale::de, .values = {}};
  say_when_and_where(notice, from_rfc3339("2026-03-04T05:06:07.000000Z"), {"192.0.2.1", "", "r"});
  EXPECT_EQ(notice.values.at("ip"), "192.0.2.1");
  EXPECT_EQ(notice.values.at("user_agent"), "unbekannt");
  EXPECT_EQ(notice.values.at("time"), "4. März 2026, 05:06 Uhr (UTC)");
}

}  // namespace
}  // namespace secureauth::mail
