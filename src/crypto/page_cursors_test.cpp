#include "crypto/page_cursors.hpp"

#include <gtest/gtest.h>

namespace secureauth::crypto {
namespace {

const SecretBytes kKey{std::string_view("0123456789abcdef0123456789abcdef")};

TEST(PageCursorsTest, GivesBackThePosition) {
  const PageCursors cursors(kKey, "https://a.example");
  EXPECT_EQ(cursors.read("sessions", "me", cursors.issue("sessions", "me", "7.x")), "7.x");
}

TEST(PageCursorsTest, IsNothingAnywhereElse) {  // ASVS 9.1.1, 9.2.2, 9.2.3; attack 36
  const PageCursors cursors(kKey, "https://a.example");
  const auto cursor = cursors.issue("sessions", "me", "7");
  EXPECT_EQ(cursors.read("users", "me", cursor), std::nullopt);
  EXPECT_EQ(cursors.read("sessions", "you", cursor), std::nullopt);
  EXPECT_EQ(PageCursors(kKey, "https://b.example").read("sessions", "me", cursor), std::nullopt);
  for (const auto& forged : {std::string(), std::string("7"), std::string("7."), "8" + cursor.substr(1), cursor + "A",
                             cursor.substr(0, cursor.size() - 1)}) {
    EXPECT_EQ(cursors.read("sessions", "me", forged), std::nullopt) << forged;
  }
}

}  // namespace
}  // namespace secureauth::crypto
