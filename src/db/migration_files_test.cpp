#include "db/migration_files.hpp"

#include "db/migrations.hpp"
#include "db/sqlite/sqlite_fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace secureauth::db {
namespace {

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(MigrationFilesTest, TakesANameApart) {
  const auto name = parse_migration_file_name("0012_add_pets.down.sql");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->version, 12);
  EXPECT_EQ(name->name, "add_pets");
  EXPECT_FALSE(name->is_up);
}

TEST(MigrationFilesTest, NamesOfAnotherFormAreNoMigrations) {
  for (const auto* name : {"", "x", ".up.sql", "0001.up.sql", "0001_.up.sql", "1_x.up.sql", "00001_x.up.sql",
                           "0000_x.up.sql", "0001_X.up.sql", "0001_x.sql", "0001_x.up.sql.bak", "0001_x/y.up.sql"}) {
    EXPECT_FALSE(parse_migration_file_name(name)) << name;
  }
}

TEST(MigrationFilesTest, AHalfADoubleOrAStrangeNameIsAMistakeOfTheBuild) {
  EXPECT_THROW((void)read_migrations({{"0001_a.up.sql", "x"}}), std::logic_error);
  EXPECT_THROW((void)read_migrations({{"0001_a.down.sql", "x"}}), std::logic_error);
  EXPECT_THROW((void)read_migrations({{"0001_a.up.sql", "x"}, {"0001_b.down.sql", "x"}}), std::logic_error);
  EXPECT_THROW((void)read_migrations({{"notes.sql", "x"}}), std::logic_error);
}

TEST(MigrationFilesTest, SaysWhetherTheVersionBeforeGoesOnWorking) {
  const auto of = [](std::string_view up, std::string_view number = "0010") {
    const std::string name(number);
    const std::vector<embedded::File> files = {{name + "_a.up.sql", up}, {name + "_a.down.sql", "x"}};
    return read_migrations(files).at(0).is_compatible;
  };
  EXPECT_TRUE(of("-- What it does.\n-- compatible: previous\nSELECT 1;"));
  EXPECT_TRUE(of("-- What it does.\n-- compatible: 0007\nSELECT 1;"));
  EXPECT_FALSE(of("-- What it does.\n-- contract: nobody reads it any more\nSELECT 1;"));
  EXPECT_FALSE(of("SELECT 1;", "0009")) << "of those it is not known";
  for (const auto* silent :
       {"SELECT 1;", "-- compatible\n", "-- compatible: previous?\n", "-- compatible: 0010\n", "-- compatible: 0000\n",
        "-- compatible: 9\n", "-- contract: \n", "SELECT 1;\n-- compatible: previous\n"}) {
    EXPECT_THROW((void)of(silent), std::logic_error) << silent;
  }
}

TEST(MigrationFilesTest, TheChecksumIsSha256OfTheUpFile) {  // FIPS 180-2, appendix B.1
  const auto migrations = read_migrations({{"0001_a.up.sql", "abc"}, {"0001_a.down.sql", "x"}});
  EXPECT_EQ(migrations.at(0).checksum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(RevisionTest, GetsTheNextNumberAndANameMadeOfTheMessage) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "0007_old.up.sql") << "x";
  std::ofstream(folder.path() / "9999.txt") << "x";
  const auto made = create_revision(folder.path(), "  Add TOTP: factors & caf\xC3\xA9!\nDROP TABLE users; ", "");
  EXPECT_EQ(made.up.filename(), "0008_add_totp_factors_caf_drop_table_users.up.sql");
  EXPECT_EQ(made.down.filename(), "0008_add_totp_factors_caf_drop_table_users.down.sql");
  EXPECT_EQ(read(made.up).find("\nDROP"), std::string::npos) << "the message stays in its comment";
  EXPECT_NE(read(made.up).find("\n-- compatible: previous\n"), std::string::npos);
  const auto next = create_revision(folder.path(), "next", "drops what 0007\nread");
  EXPECT_EQ(next.up.filename(), "0009_next.up.sql");
  EXPECT_NE(read(next.up).find("\n-- contract: drops what 0007 read\n"), std::string::npos);
}

TEST(RevisionTest, NeverOverwrites) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "0001_other.up.sql") << "kept";
  std::filesystem::create_symlink("nowhere", folder.path() / "0002_mine.down.sql");  // hides its number from nobody
  const auto made = create_revision(folder.path(), "mine", "");
  EXPECT_EQ(made.up.filename(), "0003_mine.up.sql");
  EXPECT_EQ(read(folder.path() / "0001_other.up.sql"), "kept");
}

TEST(RevisionTest, RefusesWhatItCannotName) {
  const TemporaryFolder folder;
  EXPECT_THROW(create_revision(folder.path(), "", ""), MigrationRefused);
  EXPECT_THROW(create_revision(folder.path(), " \xC3\xA9 ../ ", ""), MigrationRefused);
  EXPECT_THROW(create_revision(folder.path() / "none", "x", ""), MigrationRefused);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace secureauth::db
