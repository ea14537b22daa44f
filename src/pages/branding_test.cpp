#include "pages/branding.hpp"

#include "core/temporary_folder_fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

namespace secureauth::pages {
namespace {

class BrandingTest : public testing::Test {
 protected:
  void write(const char* name, std::string_view content) {
    std::ofstream(folder_.path() / name, std::ios::binary) << content;
  }
  std::string refusal() {
    try {
      static_cast<void>(read_branding(folder_.path()));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  TemporaryFolder folder_;
};

TEST_F(BrandingTest, NoFolderIsNoBranding) {
  const auto branding = read_branding({});
  EXPECT_TRUE(branding.style.empty() && branding.logo.empty());
}

TEST_F(BrandingTest, TakesWhatIsThere) {
  write("brand.css", ":root { --accent: navy }");
  EXPECT_EQ(read_branding(folder_.path()).logo_name, "");
  write("logo.png", "a picture");
  const auto branding = read_branding(folder_.path());
  EXPECT_EQ(branding.style, ":root { --accent: navy }");
  EXPECT_EQ(branding.logo, "a picture");
  EXPECT_EQ(branding.logo_name, "logo.png");
}

TEST_F(BrandingTest, AFolderWithNeitherIsAMistake) {
  EXPECT_NE(refusal().find("has neither"), std::string::npos);
  EXPECT_THROW(static_cast<void>(read_branding(folder_.path() / "missing")), std::runtime_error);
}

/// A link to itself stands for all that is there and cannot be looked at: root, whom tests may run as, is refused
/// nothing.
TEST_F(BrandingTest, WhatCannotBeReadIsNotTakenForMissing) {
  std::filesystem::create_symlink("brand.css", folder_.path() / "brand.css");
  EXPECT_NE(refusal().find("brand.css cannot be read"), std::string::npos);
  write("logo.svg", "<svg/>");
  EXPECT_NE(refusal().find("brand.css cannot be read"), std::string::npos);
}

TEST_F(BrandingTest, AFileAbove256KiBIsRefused) {
  write("logo.svg", std::string(256 * 1024, ' '));
  EXPECT_EQ(refusal(), "");
  write("logo.svg", std::string(256 * 1024 + 1, ' '));
  EXPECT_NE(refusal().find("larger than 256 KiB"), std::string::npos);
}

}  // namespace
}  // namespace secureauth::pages
