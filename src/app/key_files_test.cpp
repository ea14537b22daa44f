#include "app/key_files.hpp"

#include "app/key_purposes.hpp"
#include "app/settings_testing.hpp"
#include "crypto/encoding.hpp"

#include <filesystem>
#include <stdexcept>

namespace secureauth::app {
namespace {

namespace fs = std::filesystem;

class KeyFilesTest : public SettingsTest {
 protected:
  SettingsOutcome read() { return load({{"CSRF_SECRET_FILE", key_.string()}}); }
  /// "current next old", with `-` for none: which of the keys of these tests is what.
  std::string standing() {
    const auto outcome = read();
    if (!outcome.mistakes.empty()) return outcome.mistakes.front();
    const auto& [current, next, old] = outcome.config.csrf_secret;
    auto text = name_of(current) + name_of(next);
    for (const auto& key : old) text += name_of(key);
    return text;
  }
  static std::string name_of(const crypto::SecretBytes& key) {
    if (key.empty()) return "-";
    const auto hex = crypto::hex_encode(key.bytes());
    return hex == kKeyA ? "A" : hex == kKeyB ? "B" : hex == kKeyC ? "C" : "?";
  }
  static crypto::SecretBytes key_of(const char* hex) { return crypto::SecretBytes(*crypto::hex_decode(hex)); }
  void move_on() { move_key_on(key_, read().config.csrf_secret); }

  fs::path key_ = write("csrf", std::string(kKeyA) + "\n");
};

TEST_F(KeyFilesTest, AKeyGoesThroughItsThreeSteps) {  // ASVS 11.2.2
  EXPECT_EQ(standing(), "A-");
  write_next_key(key_, key_of(kKeyB));
  EXPECT_EQ(standing(), "AB");
  move_on();
  EXPECT_EQ(standing(), "B-A");
  write_next_key(key_, key_of(kKeyC));
  move_on();
  EXPECT_EQ(standing(), "C-BA");
  const auto now = read();
  write_old_keys(key_, {&now.config.csrf_secret.old.front()});
  EXPECT_EQ(standing(), "C-B");
  write_old_keys(key_, {});
  EXPECT_EQ(standing(), "C-");
  EXPECT_FALSE(fs::exists(key_.string() + ".old"));
}

TEST_F(KeyFilesTest, CutShortAnywhereNoKeyIsLostAndTheSameCallFinishes) {
  write("csrf.next", std::string(kKeyB) + "\n");
  write("csrf.old", std::string(kKeyA) + "\n");  // as far as the first of its three changes
  EXPECT_EQ(standing(), "AB");
  write("csrf", std::string(kKeyB) + "\n");  // as far as the second
  EXPECT_EQ(standing(), "B-A");
  write("csrf", std::string(kKeyA) + "\n");
  move_on();
  EXPECT_EQ(standing(), "B-A");
}

TEST_F(KeyFilesTest, WhatIsWrittenIsItsOwnersAlone) {  // ASVS 13.3.2
  write_next_key(key_, key_of(kKeyB));
  EXPECT_EQ(fs::status(key_.string() + ".next").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(key_, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  move_on();
  for (const auto& file : {key_, fs::path(key_.string() + ".old")}) {
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read)
        << "a service of the group reads on";
  }
}

TEST_F(KeyFilesTest, AMountIsNotReplaced) {
  const auto link = folder_ / "mounted";
  fs::create_symlink(key_, link);
  EXPECT_THROW(write_next_key(link, key_of(kKeyB)), std::runtime_error);
  EXPECT_TRUE(fs::is_symlink(link));
}

TEST_F(KeyFilesTest, ThereIsOneNextKeyAtATime) {
  write_next_key(key_, key_of(kKeyB));
  EXPECT_THROW(write_next_key(key_, key_of(kKeyC)), std::runtime_error);
  move_on();
  EXPECT_THROW(move_on(), std::runtime_error) << "there is none";
}

TEST_F(KeyFilesTest, WhatLiesBesideAndIsNoKeyIsAMistake) {
  write("csrf.next", "");
  EXPECT_EQ(standing().substr(0, 25), "CSRF_SECRET_NEXT is empty");
  write("csrf.next", "short\n");
  EXPECT_EQ(standing().substr(0, 17), "CSRF_SECRET_NEXT ");
  fs::remove(folder_ / "csrf.next");
  write("csrf.old", std::string(kKeyB) + "\n" + kKeyB + "\n");
  EXPECT_EQ(standing(), "CSRF_SECRETS_OLD must not name a key twice");
}

TEST_F(KeyFilesTest, AKeyThatIsWrittenInASettingHasNothingBesideIt) {
  write("csrf.next", std::string(kKeyB) + "\n");
  const auto outcome = load({{"CSRF_SECRET", kKeyA}});
  EXPECT_TRUE(outcome.config.csrf_secret.next.empty());
  EXPECT_FALSE(outcome.config.key_files.contains("CSRF_SECRET"));
}

TEST_F(KeyFilesTest, MadeKeysHaveSuccessorsToo) {
  const auto made = load();
  const auto file = made.config.key_files.at("CSRF_SECRET");
  write_next_key(file, key_of(kKeyB));
  EXPECT_EQ(name_of(load().config.csrf_secret.next), "B");
}

}  // namespace
}  // namespace secureauth::app
