#include "mfa/webauthn/metadata_file.hpp"

#include "core/clock_fixture.hpp"
#include "core/temporary_folder_fixture.hpp"
#include "mfa/webauthn/metadata_fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace secureauth::webauthn {
namespace {

class MetadataFileTest : public testing::Test {
 protected:
  MetadataFileTest() { write_roots(service_.root.certificate); }

  void write(const std::string& blob) { std::ofstream(files_.blob, std::ios::binary | std::ios::trunc) << blob; }
  void write_roots(const Certificate& root) { std::ofstream(files_.roots, std::ios::trunc) << pem_of(root); }
  std::string issue_number(std::int64_t number) { return service_.blob(metadata_payload(number)); }
  /// What was thrown, if anything.
  template <class Action>
  static std::string thrown(Action action) {
    try {
      action();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return {};
  }
  std::string refusal_to_open() {
    return thrown([this] { const MetadataFile file(files_, clock_); });
  }

  TemporaryFolder folder_;
  MetadataFile::Files files_{.blob = folder_.path() / "blob.jwt", .roots = folder_.path() / "root.pem"};
  MetadataService service_;
  SetClock clock_;
};

TEST_F(MetadataFileTest, SaysWhatIsInTheFile) {
  write(issue_number(7) + "\n");
  const MetadataFile file(files_, clock_);
  EXPECT_EQ(file.current()->number(), 7);
  const auto model = file.find(aaguid_from("0a1b2c3d-0000-4000-8000-00000000000f").value(), {});
  EXPECT_EQ(model.value().description, "Model");
}

TEST_F(MetadataFileTest, NamesTheSettingThatCannotBeUsed) {
  EXPECT_EQ(refusal_to_open(), "WEBAUTHN_MDS_FILE: the file cannot be read");
  write("nothing");
  EXPECT_TRUE(refusal_to_open().starts_with("WEBAUTHN_MDS_FILE: it is no metadata BLOB: "));
  write(issue_number(7));
  EXPECT_EQ(refusal_to_open(), "");
  write_roots(issue(authority("Other")).certificate);
  EXPECT_TRUE(refusal_to_open().starts_with("WEBAUTHN_MDS_FILE: the signing certificate leads to no root: "));
  std::ofstream(files_.roots, std::ios::trunc) << "no certificate";
  EXPECT_TRUE(refusal_to_open().starts_with("WEBAUTHN_MDS_ROOT_FILE: "));
  std::filesystem::remove(files_.roots);
  EXPECT_EQ(refusal_to_open(), "WEBAUTHN_MDS_ROOT_FILE: the file cannot be read");
}

TEST_F(MetadataFileTest, TakesOverAFileThatHasChanged) {
  write(issue_number(7));
  MetadataFile file(files_, clock_);
  const auto before = file.current();
  EXPECT_FALSE(file.refresh());
  write(issue_number(1234));
  EXPECT_TRUE(file.refresh());
  EXPECT_EQ(file.current()->number(), 1234);
  EXPECT_EQ(before->number(), 7);  // who still reads the former does so in peace
  EXPECT_FALSE(file.refresh());
}

TEST_F(MetadataFileTest, KeepsWhatIsInForceWhenTheNewFileIsBad) {
  write(issue_number(7));
  MetadataFile file(files_, clock_);
  write(issue_number(8) + "x");
  EXPECT_NE(thrown([&] { file.refresh(); }), "");
  EXPECT_EQ(file.current()->number(), 7);
  EXPECT_FALSE(file.refresh());  // told once
  std::filesystem::remove(files_.blob);
  EXPECT_EQ(thrown([&] { file.refresh(); }), "WEBAUTHN_MDS_FILE: the file cannot be read");
  write(issue_number(1000));
  EXPECT_TRUE(file.refresh());
}

// FIDO Metadata Service §3.2: an older issue may lack what has been revoked since
TEST_F(MetadataFileTest, NumberDoesNotGoBack) {
  write(issue_number(7));
  MetadataFile file(files_, clock_);
  write(issue_number(6) + "\n");
  EXPECT_EQ(thrown([&] { file.refresh(); }), "WEBAUTHN_MDS_FILE: number 6 is older than 7, which stays in force");
  EXPECT_EQ(file.current()->number(), 7);
}

TEST_F(MetadataFileTest, SignerIsValidWhenTheFileIsRead) {
  service_.signer = issue({.not_after = "20260701000000Z"}, &service_.root);
  write(issue_number(7));
  MetadataFile file(files_, clock_);
  clock_.advance(std::chrono::days(240));
  EXPECT_FALSE(file.refresh());  // what is in force stays so
  EXPECT_NE(refusal_to_open(), "");
}

// Who was given up is known by an old list, too
TEST_F(MetadataFileTest, SignerMayHaveExpiredWhereNobodyIsLetInByIt) {
  service_.signer = issue({.not_after = "20251201000000Z"}, &service_.root);
  write(issue_number(7));
  EXPECT_NE(refusal_to_open(), "");
  files_.expired = ExpiredSigner::accepted;
  const MetadataFile file(files_, clock_);
  EXPECT_EQ(file.current()->number(), 7);
  EXPECT_EQ(file.staleness(), "the certificates that signed it have expired");
  const auto foreign = issue(authority("Foreign"));
  service_.signer = issue({.not_after = "20251201000000Z"}, &foreign);
  write(issue_number(8));
  EXPECT_NE(refusal_to_open(), "");
  service_.signer = issue({.not_before = "20260601000000Z"}, &service_.root);
  write(issue_number(8));
  EXPECT_NE(refusal_to_open(), "") << "not yet valid";
}

TEST_F(MetadataFileTest, SaysWhenItIsStale) {
  write(issue_number(7));
  const MetadataFile file(files_, clock_);
  EXPECT_EQ(file.staleness(), std::nullopt);
  clock_.advance(std::chrono::days(182));
  EXPECT_TRUE(file.staleness().value_or("").starts_with("a newer issue was due on 2026-07-01"));
}

TEST_F(MetadataFileTest, OtherRootsAreTakenOver) {
  write(issue_number(7));
  MetadataFile file(files_, clock_);
  service_ = MetadataService();
  write(issue_number(8));
  EXPECT_NE(thrown([&] { file.refresh(); }), "");
  write_roots(service_.root.certificate);
  EXPECT_TRUE(file.refresh()) << "the list is as it was, and believed now";
  EXPECT_EQ(file.current()->number(), 8);
}

TEST_F(MetadataFileTest, PipesAreNotWaitedFor) {
  ASSERT_EQ(::mkfifo(files_.blob.c_str(), S_IRUSR | S_IWUSR), 0);
  EXPECT_EQ(refusal_to_open(), "WEBAUTHN_MDS_FILE: the file cannot be read");
}

TEST_F(MetadataFileTest, FilesAreOfLimitedSize) {
  write("");
  std::filesystem::resize_file(files_.blob, 33UL * 1024 * 1024);
  EXPECT_EQ(refusal_to_open(), "WEBAUTHN_MDS_FILE: the file is larger than 33554432 bytes");
}

}  // namespace
}  // namespace secureauth::webauthn
