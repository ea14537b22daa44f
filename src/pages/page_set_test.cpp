#include "pages/page_set.hpp"

#include "pages/page_template.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace secureauth::pages {
namespace {

using embedded::File;

const SiteFacts kFacts{.name = "Bank & <Sons>", .password_min_length = 12, .passwordless_sign_up = true};

std::string rendered(const std::vector<File>& web, Branding branding = {}, Locale locale = Locale::en) {
  return std::string(PageSet(web, kFacts, std::move(branding)).page("x", locale).identity);
}

TEST(PageSetTest, EveryPageIsThereInEveryLanguage) {
  const PageSet set(embedded::web(), kFacts, {});
  EXPECT_GE(set.names().size(), 4U);
  for (const auto& name : set.names()) {
    for (const auto locale : kLocales) {
      const auto& page = set.page(name, locale);
      const std::string lang = "<html lang=\"" + std::string(to_text(locale)) + '"';
      EXPECT_NE(page.identity.find(lang), std::string_view::npos) << name;
      EXPECT_LT(page.gzip.size(), page.identity.size()) << name;
    }
  }
}

TEST(PageSetTest, TextsAndFactsAreHtml) {  // ASVS 1.2.1
  const std::vector<File> web{{"pages/x.html", "{{t.a}}|{{ site_name }}|{{password_min_length}}|{{lang}}", ""},
                              {"texts/en/t.json", R"({"a":"1 < 2 & \"3\""})", ""},
                              {"texts/de/t.json", R"({"a":"eins"})", ""}};
  EXPECT_EQ(rendered(web), "1 &lt; 2 &amp; &quot;3&quot;|Bank &amp; &lt;Sons&gt;|12|en");
  EXPECT_EQ(rendered(web, {}, Locale::de), "eins|Bank &amp; &lt;Sons&gt;|12|de");
}

TEST(PageSetTest, PartsAreFilledIn) {
  EXPECT_EQ(rendered({{"pages/x.html", "a{{> head}}c", ""}, {"pages/_head.html", "({{lang}})", ""}}), "a(en)c");
}

TEST(PageSetTest, WhatNobodyKnowsFailsTheStart) {
  for (const std::string_view page : {"{{nobody}}", "{{t.b}}", "{{> nobody}}", "{{> part}}", "{{lang"}) {
    const std::vector<File> web{{"pages/x.html", page, ""}, {"pages/_part.html", "{{> part}}", ""}};
    EXPECT_THROW(rendered(web), std::logic_error) << page;
  }
}

TEST(PageSetTest, TextsAreModulesForScripts) {
  const std::vector<File> web{{"texts/en/t.json", R"({"a":"1 \u2028 \"2\""})", ""}};
  const PageSet set(web, kFacts, {});
  ASSERT_NE(set.asset("texts/en/t.js"), nullptr);
  EXPECT_EQ(set.asset("texts/en/t.js")->identity, "export default {\"a\":\"1 \xe2\x80\xa8 \\\"2\\\"\"};\n");
  EXPECT_EQ(set.asset("texts/en/t.json"), nullptr);
  EXPECT_EQ(set.asset("pages/x.html"), nullptr);
}

TEST(PageSetTest, TheVersionChangesWithWhatPagesLoad) {
  const std::vector<File> one{{"scripts/a.js", "1", "gz"}};
  const std::vector<File> two{{"scripts/a.js", "2", "gz"}};
  EXPECT_EQ(PageSet(one, kFacts, {}).version(), PageSet(one, kFacts, {}).version());
  EXPECT_NE(PageSet(one, kFacts, {}).version(), PageSet(two, kFacts, {}).version());
  EXPECT_NE(PageSet(one, kFacts, {}).version(),
            PageSet(one, kFacts, {.style = "x", .logo = "", .logo_name = ""}).version());
}

TEST(PageSetTest, BrandingStandsOverTheServicesOwnLook) {
  const std::vector<File> web{{"pages/x.html", "{{brand_style}} {{brand_logo}}", ""}};
  EXPECT_NE(rendered(web).find(" /assets/"), std::string::npos);
  EXPECT_NE(rendered(web).find("/images/icon.svg"), std::string::npos);
  const auto page = rendered(web, {.style = "a{}", .logo = "<svg/>", .logo_name = "logo.svg"});
  EXPECT_NE(page.find("/brand/brand.css\">"), std::string::npos);
  EXPECT_NE(page.find("/brand/logo.svg"), std::string::npos);
}

}  // namespace
}  // namespace secureauth::pages
