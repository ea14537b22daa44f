#include "app/metadata_watch.hpp"

#include "core/clock_fixture.hpp"
#include "core/temporary_folder_fixture.hpp"
#include "mfa/webauthn/metadata_fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace secureauth::app {
namespace {

class MetadataWatchTest : public testing::Test {
 protected:
  MetadataWatchTest() {
    std::ofstream(files_.roots) << webauthn::pem_of(service_.root.certificate);
    write(7);
  }
  void write(std::int64_t number, const std::string& next_update = "2026-07-01") {
    auto payload = webauthn::metadata_payload(number);
    payload["nextUpdate"] = next_update;
    std::ofstream(files_.blob, std::ios::trunc) << service_.blob(payload);
  }
  /// What the log says of one look, warnings and worse.
  static std::string told(MetadataWatch& watch) {
    testing::internal::CaptureStderr();
    watch.look();
    return testing::internal::GetCapturedStderr();
  }

  TemporaryFolder folder_;
  webauthn::MetadataFile::Files files_{.blob = folder_.path() / "blob.jwt", .roots = folder_.path() / "root.pem"};
  webauthn::MetadataService service_;
  SetClock clock_;  // 2026-01-01
};

TEST_F(MetadataWatchTest, TakesOverAListThatHasChanged) {
  webauthn::MetadataFile file(files_, clock_);
  MetadataWatch watch(file, clock_);
  EXPECT_EQ(told(watch), "");
  write(1234);
  EXPECT_EQ(told(watch), "");
  EXPECT_EQ(file.current()->number(), 1234);
  write(8);
  EXPECT_THROW(watch.look(), std::runtime_error);
  EXPECT_EQ(file.current()->number(), 1234);
}

// FIDO Metadata Service §3.2: who does not look for a newer list does not learn of what was given up
TEST_F(MetadataWatchTest, WarnsOnceADayOfAListThatIsStale) {
  webauthn::MetadataFile file(files_, clock_);
  MetadataWatch watch(file, clock_);
  clock_.advance(std::chrono::days(181));  // 2026-07-01, until whose end it holds
  EXPECT_EQ(told(watch), "");
  clock_.advance(std::chrono::days(1));
  const auto warning = told(watch);
  EXPECT_NE(warning.find("stale"), std::string::npos) << warning;
  EXPECT_NE(warning.find("2026-07-01"), std::string::npos) << warning;
  clock_.advance(std::chrono::hours(23));
  EXPECT_EQ(told(watch), "");
  clock_.advance(std::chrono::hours(1));
  EXPECT_NE(told(watch), "");
  write(8, "2027-01-01");
  EXPECT_EQ(told(watch), "");
}

TEST_F(MetadataWatchTest, WarnsAtOnceOfAListThatIsStaleWhenItIsRead) {
  write(6, "2025-12-01");
  webauthn::MetadataFile file(files_, clock_);
  MetadataWatch watch(file, clock_);
  EXPECT_NE(told(watch).find("2025-12-01"), std::string::npos);
  write(7, "2025-12-24");
  EXPECT_NE(told(watch).find("2025-12-24"), std::string::npos) << "and of the next, on the same day";
}

}  // namespace
}  // namespace secureauth::app
