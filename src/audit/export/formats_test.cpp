#include "audit/export/formats.hpp"

#include "audit/export/event_class.hpp"
#include "audit/export/visible.hpp"
#include "core/json.hpp"
#include "core/unicode.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

namespace secureauth::audit {
namespace {

namespace json = boost::json;

const Reporter kReporter{.host = "auth.example.org"};
constexpr auto kAllFormats = {Format::jsonl, Format::ecs, Format::ocsf, Format::cef, Format::syslog};

RecordedEntry sign_in() {
  return {.number = 7,
          .id = "0198c0de-0000-7000-8000-000000000001",
          .at = "2026-11-28T13:00:00.123456Z",
          .event = "login.succeeded",
          .outcome = "success",
          .actor = "0198c0de-0000-7000-8000-00000000000a",
          .subject = "0198c0de-0000-7000-8000-00000000000a",
          .session = "0198c0de-0000-7000-8000-00000000000b",
          .ip = "192.0.2.7",
          .user_agent = "Firefox",
          .request_id = "0123456789abcdef",
          .details = R"({"known_browser":true})"};
}

RecordedEntry refused() {
  auto entry = sign_in();
  entry.event = "login.failed";
  entry.outcome = "failure";
  entry.actor = std::nullopt;
  entry.session = std::nullopt;
  entry.details = R"({"reason":"invalid_credentials"})";
  return entry;
}

/// Every event there is: enumerators are counted from nought.
std::vector<Event> all_events() {
  std::vector<Event> all;
  while (true) {
    const auto next = static_cast<Event>(all.size());
    try {
      [[maybe_unused]] const auto name = name_of(next);
    } catch (const std::logic_error&) {
      return all;
    }
    all.push_back(next);
  }
}

json::object parsed(Format format, const RecordedEntry& entry) {
  return parse_json(format_entry(format, entry, kReporter)).value().as_object();
}

// --- the table of classes

TEST(EventClasses, EveryEventHasOne) {
  EXPECT_GT(all_events().size(), 50U);
  for (const auto event : all_events()) EXPECT_NO_THROW(EXPECT_EQ(class_of(event).event, event)) << name_of(event);
}

TEST(EventClasses, AnEventThatIsNotKnownYetIsWrittenAllTheSame) {  // by a newer instance, while another is updated
  auto entry = sign_in();
  entry.event = "weather.changed";
  for (const auto format : kAllFormats) {
    EXPECT_NE(format_entry(format, entry, kReporter).find("weather.changed"), std::string::npos);
  }
}

// ECS 8.11, "Categorization Fields": the types that a category expects.
const std::map<std::string_view, std::set<std::string_view>> kEcsTypes = {
    {"api", {"access", "admin", "allowed", "change", "creation", "deletion", "denied", "end", "info", "start", "user"}},
    {"authentication", {"start", "end", "info"}},
    {"configuration", {"access", "change", "creation", "deletion", "info"}},
    {"database", {"access", "change", "info", "error"}},
    {"email", {"info"}},
    {"iam", {"admin", "change", "creation", "deletion", "group", "info", "user"}},
    {"intrusion_detection", {"allowed", "denied", "info"}},
    {"network", {"access", "allowed", "connection", "denied", "end", "info", "protocol", "start"}},
    {"process", {"access", "change", "end", "info", "start"}},
    {"session", {"start", "end", "info"}},
};

// OCSF 1.3: the activities of each class, 99 besides.
const std::map<OcsfClass, int> kLastActivity = {{OcsfClass::account_change, 11},
                                                {OcsfClass::authentication, 6},
                                                {OcsfClass::entity_management, 4},
                                                {OcsfClass::api_activity, 4}};

TEST(EventClasses, AreOnesThatTheSchemasHave) {
  for (const auto event : all_events()) {
    const auto& as = class_of(event);
    ASSERT_TRUE(kEcsTypes.contains(as.ecs_category)) << name_of(event);
    EXPECT_TRUE(kEcsTypes.at(as.ecs_category).contains(as.ecs_type)) << name_of(event);
    const bool known = as.ocsf_activity >= 1 && as.ocsf_activity <= kLastActivity.at(as.ocsf_class);
    EXPECT_TRUE(known || as.ocsf_activity == 99) << name_of(event);
    EXPECT_TRUE(std::ranges::all_of(as.title, [](char c) { return c >= ' ' && c < '\x7f' && c != '|'; }));
  }
}

TEST(EventClasses, AFailureIsAtLeastMedium) {
  EXPECT_EQ(severity_of(class_of("login.succeeded"), true), Severity::informational);
  EXPECT_EQ(severity_of(class_of("login.succeeded"), false), Severity::medium);
  EXPECT_EQ(severity_of(class_of("audit.tampering_noticed"), true), Severity::high);
}

TEST(EventPatterns, AreNamesBeginningsOrAll) {
  EXPECT_TRUE(is_chosen({"user.*"}, "user.registered"));
  EXPECT_TRUE(is_chosen({"login.failed", "*"}, "user.registered"));
  EXPECT_TRUE(is_chosen({"user.registered"}, "user.registered"));
  EXPECT_FALSE(is_chosen({"user.*"}, "users.exported"));
  EXPECT_FALSE(is_chosen({"user.register"}, "user.registered"));
  EXPECT_TRUE(names_any_event("user.*"));
  EXPECT_TRUE(names_any_event("*"));
  EXPECT_FALSE(names_any_event("user.registred"));
  EXPECT_FALSE(names_any_event("use*"));
  EXPECT_FALSE(names_any_event("invoice.*"));
}

// --- each format

TEST(JsonLines, HaveTheServicesOwnNames) {
  EXPECT_EQ(
      format_entry(Format::jsonl, sign_in(), kReporter),
      R"({"entry":7,"id":"0198c0de-0000-7000-8000-000000000001","at":"2026-11-28T13:00:00.123456Z",)"
      R"("event":"login.succeeded","outcome":"success","actor_id":"0198c0de-0000-7000-8000-00000000000a",)"
      R"("subject_id":"0198c0de-0000-7000-8000-00000000000a","session_id":"0198c0de-0000-7000-8000-00000000000b",)"
      R"("ip":"192.0.2.7","user_agent":"Firefox","request_id":"0123456789abcdef","details":{"known_browser":true}})");
}

TEST(Ecs, NamesFieldsAsElasticDoes) {
  const auto line = parsed(Format::ecs, refused());
  EXPECT_EQ(line.at("@timestamp"), "2026-11-28T13:00:00.123456Z");
  EXPECT_EQ(line.at("ecs").at("version"), "8.11.0");
  const auto& event = line.at("event").as_object();
  EXPECT_EQ(event.at("action"), "login.failed");
  EXPECT_EQ(event.at("outcome"), "failure");
  EXPECT_EQ(event.at("category"), json::array{"authentication"});
  EXPECT_EQ(event.at("type"), json::array{"start"});
  EXPECT_EQ(event.at("reason"), "invalid_credentials");
  EXPECT_EQ(event.at("sequence"), 7);
  EXPECT_EQ(line.at("user").at("id"), "0198c0de-0000-7000-8000-00000000000a") << "whose account was tried";
  EXPECT_EQ(line.at("source").at("ip"), "192.0.2.7");
  EXPECT_EQ(line.at("user_agent").at("original"), "Firefox");
  EXPECT_EQ(line.at("http").at("request").at("id"), "0123456789abcdef");
}

TEST(Ecs, KeepsWhoActsApartFromWhoIsActedUpon) {
  auto entry = sign_in();
  entry.event = "user.role_changed";
  entry.subject = "0198c0de-0000-7000-8000-00000000000c";
  auto user = parsed(Format::ecs, entry).at("user").as_object();
  EXPECT_EQ(user.at("id").as_string(), *entry.actor);
  EXPECT_EQ(user.at("target").at("id").as_string(), *entry.subject);
  entry.actor = std::nullopt;  // the command line
  entry.ip.clear();
  const auto line = parsed(Format::ecs, entry);
  EXPECT_FALSE(line.at("user").as_object().contains("id"));
  EXPECT_FALSE(line.contains("source")) << "an empty address is none, and Elastic refuses it";
}

TEST(Ocsf, NumbersItsTypesByClassAndActivity) {
  const auto line = parsed(Format::ocsf, refused());
  EXPECT_EQ(line.at("class_uid"), 3002);
  EXPECT_EQ(line.at("category_uid"), 3);
  EXPECT_EQ(line.at("activity_id"), 1);
  EXPECT_EQ(line.at("type_uid"), 300201);
  EXPECT_EQ(line.at("status_id"), 2);
  EXPECT_EQ(line.at("severity_id"), 3);
  EXPECT_EQ(line.at("time"), 1795870800123);
  EXPECT_EQ(line.at("metadata").at("version"), "1.3.0");
  EXPECT_EQ(line.at("metadata").at("product").at("vendor_name"), "SecureAuthService");
  EXPECT_EQ(line.at("user").at("uid").as_string(), *refused().subject);
  EXPECT_EQ(line.at("status_detail"), "invalid_credentials");
}

/// What each class requires (schema.ocsf.io/1.3.0), for any event with and without people and addresses.
TEST(Ocsf, HasWhatItsClassesRequire) {
  const std::map<std::int64_t, std::vector<std::string_view>> required = {
      {3001, {"user"}}, {3002, {"user", "service"}}, {3004, {"entity"}}, {6003, {"api", "actor", "src_endpoint"}}};
  for (const auto event : all_events()) {
    for (auto entry : {sign_in(), refused()}) {
      entry.event = name_of(event);
      if (!entry.actor) entry.subject = std::nullopt;
      if (!entry.actor) entry.ip.clear();
      const auto line = parsed(Format::ocsf, entry);
      for (const auto* field :
           {"activity_id", "category_uid", "class_uid", "type_uid", "severity_id", "time", "metadata"}) {
        EXPECT_TRUE(line.contains(field)) << entry.event;
      }
      const auto uid = line.at("class_uid").as_int64();
      EXPECT_EQ(line.at("category_uid").as_int64(), uid / 1000);
      EXPECT_EQ(line.at("type_uid").as_int64(), uid * 100 + line.at("activity_id").as_int64());
      for (const auto field : required.at(uid)) EXPECT_TRUE(line.contains(field)) << entry.event << ' ' << field;
    }
  }
}

TEST(Cef, HasAHeaderOfEightPartsAndPairs) {
  const auto line = format_entry(Format::cef, refused(), kReporter);
  EXPECT_TRUE(line.starts_with("CEF:0|SecureAuthService|secureauth|")) << line;
  EXPECT_NE(line.find("|login.failed|sign-in refused|6|rt=1795870800123 "), std::string::npos) << line;
  EXPECT_NE(line.find(" src=192.0.2.7 "), std::string::npos);
  EXPECT_NE(line.find(" outcome=failure "), std::string::npos);
  EXPECT_NE(line.find(" reason=invalid_credentials "), std::string::npos);
}

TEST(Cef, EscapesEqualsAndBackslashInExtensionsAlone) {
  auto entry = sign_in();
  entry.user_agent = R"(a=b\c|d)";
  const auto line = format_entry(Format::cef, entry, kReporter);
  EXPECT_NE(line.find(R"(requestClientApplication=a\=b\\c|d )"), std::string::npos) << line;
  entry.event = R"(e|f\g=h)";
  EXPECT_NE(format_entry(Format::cef, entry, kReporter).find(R"(|e\|f\\g=h|)"), std::string::npos);
}

TEST(Cef, GivesAnIpv6AddressItsOwnField) {
  auto entry = sign_in();
  entry.ip = "2001:db8::7";
  const auto line = format_entry(Format::cef, entry, kReporter);
  EXPECT_NE(line.find(" c6a2=2001:db8::7 "), std::string::npos);
  EXPECT_EQ(line.find(" src="), std::string::npos);
}

TEST(Syslog, IsALineOfRfc5424) {
  EXPECT_EQ(format_entry(Format::syslog, refused(), kReporter),
            "<84>1 2026-11-28T13:00:00.123456Z auth.example.org secureauth - login.failed [audit@32473"
            R"( id="0198c0de-0000-7000-8000-000000000001" entry="7" event="login.failed" outcome="failure")"
            R"( subject="0198c0de-0000-7000-8000-00000000000a" ip="192.0.2.7" userAgent="Firefox")"
            R"( request="0123456789abcdef" details="{\"reason\":\"invalid_credentials\"}"] sign-in refused)");
}

TEST(Syslog, SetsThePriorityByWhatHappened) {  // RFC 5424 §6.2.1: facility 10 times 8, and the severity
  EXPECT_TRUE(format_entry(Format::syslog, sign_in(), kReporter).starts_with("<86>1 "));
  auto entry = sign_in();
  entry.event = "audit.tampering_noticed";
  EXPECT_TRUE(format_entry(Format::syslog, entry, kReporter).starts_with("<82>1 "));
}

TEST(Syslog, EscapesQuoteBackslashAndBracket) {  // RFC 5424 §6.3.3
  auto entry = sign_in();
  entry.user_agent = R"(a"b\c]d)";
  EXPECT_NE(format_entry(Format::syslog, entry, kReporter).find(R"(userAgent="a\"b\\c\]d")"), std::string::npos);
}

TEST(Syslog, MarksAMessageOfUtf8AndNoOther) {  // RFC 5424 §6.4
  EXPECT_TRUE(as_syslog(sign_in(), kReporter, "plain").ends_with(" - plain"));
  EXPECT_TRUE(as_syslog(sign_in(), kReporter, "gr\xc3\xbc\xc3\x9f").ends_with(" - \xef\xbb\xbfgr\xc3\xbc\xc3\x9f"));
}

TEST(Syslog, KeepsItsHeaderToWhatMayStandThere) {
  for (const auto event : all_events()) {
    auto entry = sign_in();
    entry.event = name_of(event);
    const auto line = as_syslog(entry, {.host = "b\xc3\xbc"
                                                "cher.example x"});
    const auto id = line.substr(line.find(" - ") + 3);
    EXPECT_LE(id.find(' '), 32U) << "MSGID, §6.2.7";
    EXPECT_NE(line.find(" b__cher.example_x "), std::string::npos);
  }
}

// --- hostile text (ASVS 16.4.1; attack 32)

const std::vector<std::string> kHostile = {
    "a\r\nCEF:0|evil|",     "a\nb",       "a\x1b[31mred", "a\u202eexe.txt", "a\u2028z",       "a\u0085z",
    std::string("a\0b", 3), "a\xff\xfez", "a\x7fz",       "a\U000e0001z",   "a\xed\xa0\x80z", "\ufeffa",
};

// ASVS 16.4.1, attack 32
TEST(EveryFormat, ShowsNothingInvisible) {
  for (const auto& text : kHostile) {
    auto entry = sign_in();
    entry.user_agent = text;
    entry.ip = text;
    entry.request_id = text;
    entry.details = json::serialize(json::object{{"reason", "x"}, {"note", unicode::is_valid(text) ? text : "y"}});
    for (const auto format : kAllFormats) {
      const auto line = format_entry(format, entry, kReporter);
      EXPECT_TRUE(unicode::all_visible(line, true)) << name_of(format) << ": " << line;
    }
  }
}

TEST(EveryFormat, OfJsonGivesHostileTextBackUnchanged) {
  for (const auto& text : kHostile) {
    if (!unicode::is_valid(text)) continue;
    auto entry = sign_in();
    entry.user_agent = text;
    EXPECT_EQ(parsed(Format::jsonl, entry).at("user_agent").as_string(), text);
    EXPECT_EQ(parsed(Format::ecs, entry).at("user_agent").at("original").as_string(), text);
    EXPECT_EQ(parsed(Format::ocsf, entry).at("http_request").at("user_agent").as_string(), text);
  }
}

TEST(EveryFormat, BearsDetailsThatAreNoJson) {  // written behind the service's back
  for (const auto* details : {"", "[]", "{", R"({"a":1}x)"}) {
    auto entry = sign_in();
    entry.details = details;
    for (const auto format : kAllFormats) EXPECT_FALSE(format_entry(format, entry, kReporter).empty());
  }
}

TEST(EveryFormat, HasAName) {
  for (const auto format : kAllFormats) EXPECT_EQ(format_from(name_of(format)), format);
  EXPECT_EQ(format_from("xml"), std::nullopt);
}

}  // namespace
}  // namespace secureauth::audit
