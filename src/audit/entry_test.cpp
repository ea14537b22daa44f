#include "audit/entry.hpp"

#include <gtest/gtest.h>

#include <set>

namespace secureauth::audit {
namespace {

EntryText entry() {
  return {.id = "01234567-89ab-7def-8123-456789abcdef",
          .at = "2026-01-31T12:00:00.000001Z",
          .event = "login.failed",
          .outcome = "failure",
          .actor = std::nullopt,
          .subject = "11234567-89ab-7def-8123-456789abcdef",
          .session = std::nullopt,
          .ip = "192.0.2.1",
          .user_agent = "a browser",
          .request_id = "r1",
          .details = R"({"reason":"x"})"};
}

std::string canonical(const EntryText& entry) {
  std::string bytes;
  append_canonical(bytes, entry);
  return bytes;
}

// ASVS 16.4.2: each field counts, wherever its bytes stand.
TEST(EntryTest, NoTwoEntriesHaveOneEncoding) {
  std::set<std::string> seen{canonical(entry())};
  const auto differs = [&seen](const EntryText& other) { return seen.insert(canonical(other)).second; };
  for (const auto field : {&EntryText::id, &EntryText::at, &EntryText::event, &EntryText::outcome, &EntryText::ip,
                           &EntryText::user_agent, &EntryText::request_id, &EntryText::details}) {
    auto other = entry();
    other.*field = "something else";
    EXPECT_TRUE(differs(other));
  }
  for (const auto field : {&EntryText::actor, &EntryText::subject, &EntryText::session}) {
    auto other = entry();
    other.*field = "somebody else";
    EXPECT_TRUE(differs(other));
    other.*field = "";
    EXPECT_TRUE(differs(other)) << "empty is not absent";
  }
  auto moved = entry();
  std::swap(moved.actor, moved.subject);
  EXPECT_TRUE(differs(moved));
  auto shifted = entry();
  shifted.ip = "192.0.2.1a";
  shifted.user_agent = " browser";
  EXPECT_TRUE(differs(shifted)) << "a byte that moved over a border";
}

TEST(EntryTest, TheLeafCoversTheMac) {
  const auto bytes = canonical(entry());
  const auto mac = crypto::as_bytes("mac");
  EXPECT_NE(leaf_hash(bytes, mac), leaf_hash(bytes, {}));
  EXPECT_NE(leaf_hash(bytes, mac), crypto::sha256(crypto::as_bytes(bytes + "mac"))) << "a leaf is no node (RFC 9162)";
}

}  // namespace
}  // namespace secureauth::audit
