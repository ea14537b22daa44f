#include "admin/audit_filter.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace secureauth::admin {
namespace {

constexpr std::string_view kAnn = "0198c0de-0000-7000-8000-0000000000aa";

TEST(AuditFilterTest, EveryFilterMakesAnotherListAndNamesItsMistakes) {
  const std::map<std::string, std::string, std::less<>> right{
      {"event", "login.failed"},      {"outcome", "failure"},           {"actor", std::string(kAnn)},
      {"subject", std::string(kAnn)}, {"session", std::string(kAnn)},   {"request_id", "r-1"},
      {"ip", "2001:db8::1"},          {"from", "2026-01-31T12:00:00Z"}, {"to", "2026-01-31T12:00:00.000001Z"}};
  std::set<std::string> texts;
  for (const auto& [name, value] : right) {
    const NamedText only = [&](std::string_view asked) -> std::optional<std::string> {
      if (asked == name) return value;
      return std::nullopt;
    };
    const auto filter = read_audit_filter(only);
    ASSERT_TRUE(filter) << name;
    texts.insert(canonical_text(*filter));
    for (const std::string_view wrong : {"two words", "\n", "\xff"}) {
      const NamedText bad = [&](std::string_view asked) -> std::optional<std::string> {
        if (asked == name) return std::string(wrong);
        return std::nullopt;
      };
      const auto refused = read_audit_filter(bad);
      ASSERT_FALSE(refused) << name;
      ASSERT_EQ(refused.error().fields.size(), 1U);
      EXPECT_EQ(refused.error().fields.front().field, name);
    }
  }
  EXPECT_EQ(texts.size(), right.size());
  EXPECT_FALSE(texts.contains(""));
}

}  // namespace
}  // namespace secureauth::admin
