#include "settings/key_files.hpp"

#include "crypto/encoding.hpp"
#include "settings/key_purposes.hpp"
#include "settings/settings_testing.hpp"

#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace secureauth::settings {
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
  std::string text_of(std::string_view ending) const {
    std::ifstream file(key_.string() + std::string(ending));
    return {std::istreambuf_iterator<char>(file), {}};
  }
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
  drop_old_key(key_, key_of(kKeyA));
  EXPECT_EQ(standing(), "C-B");
  EXPECT_THROW(drop_old_key(key_, key_of(kKeyA)), std::runtime_error);
  drop_old_key(key_, key_of(kKeyB));
  EXPECT_EQ(standing(), "C-");
  EXPECT_FALSE(fs::exists(key_.string() + ".old"));
}

TEST_F(KeyFilesTest, CutShortAnywhereNoKeyIsLostAndTheSameCallFinishes) {
  write("csrf.next", std::string(kKeyB) + "\n");
  write("csrf.old", std::string(kKeyA) + "\n");  // as far as the first of its three changes
  EXPECT_EQ(standing(), "AB");
  write("csrf.old.draft", "half");
  move_on();
  EXPECT_EQ(standing(), "B-A");
  EXPECT_FALSE(fs::exists(folder_ / "csrf.old.draft"));
  write("csrf.next", std::string(kKeyB) + "\n");  // as far as the second
  EXPECT_EQ(standing(), "B-A");
  EXPECT_TRUE(has_next_key(key_));
  move_on();
  EXPECT_EQ(standing(), "B-A");
  EXPECT_FALSE(has_next_key(key_));
  write("csrf.next", std::string(kKeyB) + "\n");
  write_next_key(key_, key_of(kKeyC));
  EXPECT_EQ(standing(), "BCA") << "what was left behind is in nobody's way";
}

/// Reads while a key moves on: the three changes of move_key_on(), some before the key itself is read and the rest
/// after.
class KeyFilesReadMeanwhileTest : public KeyFilesTest {
 protected:
  /// What a reader finds who comes to the key itself, reads it `before` or after `steps` of the changes, and goes on
  /// when all of them are done.
  std::string read_meanwhile(std::size_t steps, bool before) {
    const auto pipe = folder_ / "pipe";  // who opens it for reading waits for who writes, and the other way round
    EXPECT_EQ(mkfifo(pipe.c_str(), S_IRUSR | S_IWUSR), 0);
    fs::remove(key_);
    fs::create_hard_link(pipe, key_);
    write("csrf.next", std::string(kKeyB) + "\n");
    fs::remove(folder_ / "csrf.old");
    std::thread writer([&] {
      const int key = open(pipe.c_str(), O_WRONLY | O_CLOEXEC);
      for (std::size_t i = 0; i < steps; ++i) step(i);
      const auto text = std::string(!before && steps > 1 ? kKeyB : kKeyA) + "\n";
      EXPECT_EQ(::write(key, text.data(), text.size()), static_cast<ssize_t>(text.size()));
      for (std::size_t i = steps; i < kSteps; ++i) step(i);
      close(key);
    });
    const auto found = standing();
    const int rest = open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);  // frees a writer whom nobody read from
    writer.join();
    close(rest);
    fs::remove(pipe);
    return found;
  }
  static constexpr std::size_t kSteps = 3;

 private:
  void step(std::size_t number) const {
    if (number == 0) write("csrf.old", std::string(kKeyA) + "\n");
    if (number == 1) fs::rename(write("csrf.draft", std::string(kKeyB) + "\n"), key_);
    if (number == 2) fs::remove(folder_ / "csrf.next");
  }
};

TEST_F(KeyFilesReadMeanwhileTest, NoKeyIsMissed) {  // ASVS 11.2.2
  for (std::size_t steps = 0; steps <= kSteps; ++steps) {
    for (const bool before : {true, false}) {
      const auto found = read_meanwhile(steps, before);
      EXPECT_NE(found.find('A'), std::string::npos) << found << " after " << steps << " steps";
      EXPECT_NE(found.find('B'), std::string::npos) << found << " after " << steps << " steps";
    }
  }
}

TEST_F(KeyFilesTest, AWrappedKeyIsNeverWrittenUnwrapped) {
  const std::string wrapped = "vault:v1:c2VhbGVk";
  write("csrf.old", wrapped + "\n");
  write("csrf.next", std::string(kKeyB) + "\n");
  crypto::KeyGenerations now;
  now.current = key_of(kKeyA);
  now.next = key_of(kKeyB);
  now.old.push_back(key_of(kKeyC));  // what was in it
  move_key_on(key_, now);
  EXPECT_EQ(text_of(".old"), std::string(kKeyA) + "\n" + wrapped + "\n");
  write("csrf.next", wrapped + "\n");
  now.next = key_of(kKeyC);
  move_key_on(key_, now);
  EXPECT_EQ(text_of(""), wrapped + "\n");
  EXPECT_EQ(text_of(".old"), std::string(kKeyB) + "\n" + kKeyA + "\n");
  write("csrf.old", wrapped + "\n");
  EXPECT_THROW(drop_old_key(key_, key_of(kKeyC)), std::runtime_error);
  EXPECT_EQ(text_of(".old"), wrapped + "\n");
}

TEST_F(KeyFilesTest, OnlyTheNextKeyOfTheSettingsMovesUp) {
  write("csrf.next", std::string(kKeyB) + "\n");
  crypto::KeyGenerations now;
  now.current = key_of(kKeyA);
  now.next = key_of(kKeyC);  // CSRF_SECRET_NEXT is stronger than the file
  EXPECT_THROW(move_key_on(key_, now), std::runtime_error);
  EXPECT_EQ(standing(), "AB");
}

TEST_F(KeyFilesTest, OneWritesAtATime) {
  write("csrf.next", std::string(kKeyB) + "\n");
  const auto now = read().config.csrf_secret.clone();
  std::atomic<int> moved = 0;
  std::atomic<int> refused = 0;
  const auto move = [&] {
    try {
      move_key_on(key_, now);
      ++moved;
    } catch (const std::runtime_error&) {
      ++refused;
    }
  };
  {
    const std::jthread first(move);
    const std::jthread second(move);
  }
  EXPECT_EQ(moved, 1);
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(standing(), "B-A");
}

TEST_F(KeyFilesTest, RootWritesNoKeysWhereOthersCan) {
  if (geteuid() != 0) GTEST_SKIP() << "of root alone";
  fs::permissions(folder_, fs::perms::group_all, fs::perm_options::add);
  EXPECT_THROW(write_next_key(key_, key_of(kKeyB)), std::runtime_error);
  EXPECT_FALSE(has_next_key(key_));
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
}  // namespace secureauth::settings
