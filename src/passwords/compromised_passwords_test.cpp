#include "passwords/compromised_passwords.hpp"

#include "core/error.hpp"
#include "core/temporary_folder_fixture.hpp"
#include "crypto/digest.hpp"
#include "passwords/listed_passwords.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace secureauth::passwords {
namespace {

using Why = CompromisedPasswords::Why;

class CompromisedPasswordsTest : public testing::Test {
 protected:
  std::optional<Why> find(std::string_view text) {
    return CompromisedPasswords(files_).find(Password(crypto::SecretBytes(text)));
  }
  std::filesystem::path write(std::string_view name, std::string_view text) {
    const auto path = folder_.path() / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::string complaint() {
    try {
      const CompromisedPasswords made(files_);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }

  TemporaryFolder folder_;
  CompromisedPasswords::Files files_;
};

TEST_F(CompromisedPasswordsTest, TheBuiltInListIsComparedCaseFoldedAndByStems) {  // ASVS 6.2.4
  for (const auto* text :
       {"qwertyuiop", "QWERTYUIOP", "1q2w3e4r5t", "basketball", "BasketBall99", "P@ssw0rd2024!", "we1come12345"}) {
    EXPECT_EQ(find(text), Why::common) << text;
  }
  for (const auto* text : {"4039582716", "kettle orbit mossy", "my basketball is orange", "zebra58203"}) {
    EXPECT_EQ(find(text), std::nullopt) << text;
  }
}

TEST_F(CompromisedPasswordsTest, TheTableStaysSmall) {
  EXPECT_GE(listed_passwords().bytes(), 35'000U * 8);
  EXPECT_LE(listed_passwords().bytes(), 2U * 1024 * 1024);
}

TEST_F(CompromisedPasswordsTest, ALocalListAddsToIt) {
  files_.blacklist = write("local.txt", "Zanzibar Office Wifi\r\n\nnot \xff UTF-8\n\xc3\x85lesund kontor");
  EXPECT_EQ(find("zanzibar office WIFI!"), Why::common);
  EXPECT_EQ(find("\xc3\xa5lesund kontor"), Why::common);  // the last line without newline, other case
  EXPECT_EQ(find("qwertyuiop"), Why::common);
  EXPECT_EQ(find("kettle orbit mossy"), std::nullopt);
}

TEST_F(CompromisedPasswordsTest, ABreachedPasswordIsKnownAsTypedAndCaseFolded) {  // ASVS 6.2.12
  // echo -n "kettle orbit mossy" | sha1sum
  files_.breach = write("dump.txt", "3F205DEAF523262F04FEC2D0BA57575C7476CF28:3\n");
  EXPECT_EQ(find("kettle orbit mossy"), Why::breached);
  EXPECT_EQ(find("Kettle Orbit Mossy"), Why::breached);
  EXPECT_EQ(find("kettle orbit mossy 2"), std::nullopt);
}

TEST_F(CompromisedPasswordsTest, AFileThatCannotBeUsedIsNamedWithItsSetting) {
  files_ = {.blacklist = folder_.path() / "none", .breach = {}};
  EXPECT_TRUE(complaint().starts_with("PASSWORD_BLACKLIST_FILE: cannot read ")) << complaint();
  files_ = {.blacklist = folder_.path(), .breach = {}};
  EXPECT_TRUE(complaint().starts_with("PASSWORD_BLACKLIST_FILE: cannot read ")) << complaint();
  files_ = {.blacklist = {}, .breach = folder_.path() / "none"};
  EXPECT_TRUE(complaint().starts_with("PASSWORD_BREACH_FILE: cannot read ")) << complaint();
  files_ = {.blacklist = {}, .breach = write("words.txt", "password\n")};
  EXPECT_TRUE(complaint().starts_with("PASSWORD_BREACH_FILE: ")) << complaint();
}

TEST_F(CompromisedPasswordsTest, AnEmptyLocalListIsFine) {
  files_.blacklist = write("empty.txt", "");
  EXPECT_EQ(find("kettle orbit mossy"), std::nullopt);
}

}  // namespace
}  // namespace secureauth::passwords
