#include "settings/development_secrets.hpp"

#include "settings/settings_testing.hpp"

#include <set>
#include <thread>

namespace secureauth::settings {
namespace {

using std::filesystem::perms;

perms mode_of(const std::filesystem::path& path) {
  return std::filesystem::status(path).permissions();
}

class DevelopmentSecrets : public SettingsTest {
 protected:
  std::filesystem::path data() const { return folder_ / "data"; }
};

TEST_F(DevelopmentSecrets, AreMadeOnceAndKeptPrivate) {  // ASVS 13.3.2
  const auto first = load();
  EXPECT_EQ(first.mistakes, Lines{});
  EXPECT_EQ(first.config.secret_key.current.size(), 32U);
  EXPECT_NE(first.config.secret_key.current.reveal(), first.config.csrf_secret.current.reveal());
  EXPECT_EQ(mode_of(data()), perms::owner_all);
  for (const auto& entry : std::filesystem::directory_iterator(data())) {
    EXPECT_EQ(mode_of(entry.path()), perms::owner_read | perms::owner_write) << entry.path();
  }
  const auto second = load();
  EXPECT_EQ(second.config.secret_key.current.reveal(), first.config.secret_key.current.reveal());
  EXPECT_EQ(second.config.csrf_secret.current.reveal(), first.config.csrf_secret.current.reveal());
}

TEST_F(DevelopmentSecrets, AreOnlyToldOfWhenNotToBeMade) {
  input_.make_development_secrets = false;
  const auto outcome = load();
  EXPECT_EQ(outcome.mistakes, Lines{});
  EXPECT_EQ(shown(outcome, "SECRET_KEY"), "********");
  EXPECT_EQ(source(outcome, "SECRET_KEY"), Source::generated);
  EXPECT_FALSE(std::filesystem::exists(data()));
}

TEST_F(DevelopmentSecrets, ThatWereNotThereAreTold) {
  const auto first = load();
  EXPECT_GE(first.absent_secrets.size(), 4U);
  for (const auto& file : first.absent_secrets) EXPECT_TRUE(std::filesystem::exists(file)) << file;
  EXPECT_TRUE(load().absent_secrets.empty());
}

TEST_F(DevelopmentSecrets, ThatWereMadeAreReadWhereNoneAreToBeMade) {
  const auto made = load();
  input_.make_development_secrets = false;
  const auto read = load();
  EXPECT_EQ(read.config.secret_key.current.reveal(), made.config.secret_key.current.reveal());
  EXPECT_TRUE(read.absent_secrets.empty());
  std::filesystem::remove(data() / ".audit-key");
  const auto without = load();
  EXPECT_EQ(without.mistakes, Lines{});
  EXPECT_EQ(without.absent_secrets, std::vector<std::filesystem::path>{data() / ".audit-key"});
  EXPECT_FALSE(std::filesystem::exists(data() / ".audit-key"));
}

TEST_F(DevelopmentSecrets, OfManyStartsAtOnceAllAgree) {
  constexpr std::size_t kStarts = 8;
  std::vector<std::string> secrets(kStarts);
  {
    std::vector<std::jthread> starts;
    for (auto& secret : secrets) {
      starts.emplace_back([&secret, this] {
        std::vector<std::string> warnings;
        secret = development_secret(data(), ".secret-key", warnings);
      });
    }
  }
  EXPECT_EQ(std::set<std::string>(secrets.begin(), secrets.end()).size(), 1U);
  EXPECT_EQ(secrets.front().size(), 64U);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(data())) ++files;
  EXPECT_EQ(files, 1U) << "no draft stays behind";
}

TEST_F(DevelopmentSecrets, ThatOthersCanReadAreWarnedOf) {
  (void)load();
  const auto file = data() / ".secret-key";
  std::filesystem::permissions(file, perms(0640));
  EXPECT_EQ(load().warnings, Lines{file.string() + " can be read by others; run chmod 600 on it"});
}

TEST_F(DevelopmentSecrets, ThatWereDamagedAreNeverTakenForAKey) {
  std::filesystem::create_directory(data());
  for (const auto* content : {"", "\n", "abc\n"}) {
    write("data/.secret-key", content);
    const auto mistakes = load().mistakes;
    ASSERT_EQ(mistakes.size(), 1U) << content;
    EXPECT_TRUE(mistakes.front().starts_with("SECRET_KEY cannot be made: ")) << mistakes.front();
  }
}

TEST_F(DevelopmentSecrets, ThatCannotBeKeptAreAMistake) {
  write("data", "a file where the folder should be");
  const auto mistakes = load().mistakes;
  ASSERT_EQ(mistakes.size(), 1U);
  EXPECT_TRUE(mistakes.front().starts_with("SECRET_KEY cannot be made: ")) << mistakes.front();
}

}  // namespace
}  // namespace secureauth::settings
