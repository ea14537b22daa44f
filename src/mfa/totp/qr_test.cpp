#include "mfa/totp/qr.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <png.h>
#include <qrcodegen/qrcodegen.hpp>
#include <regex>

namespace secureauth::mfa {
namespace {

using Grid = std::vector<std::vector<bool>>;

const std::string kText = "otpauth://totp/ACME:ann%40example.org?secret=GEZDGNBVGY3TQOJQ&issuer=ACME";

/// The code with four light modules on every side.
Grid expected(const std::string& text) {
  const auto code = qrcodegen::QrCode::encodeText(text.c_str(), qrcodegen::QrCode::Ecc::MEDIUM);
  const auto side = static_cast<std::size_t>(code.getSize()) + 8;
  Grid grid(side, std::vector<bool>(side));
  for (int y = 0; y < code.getSize(); ++y) {
    for (int x = 0; x < code.getSize(); ++x) {
      grid[static_cast<std::size_t>(y) + 4][static_cast<std::size_t>(x) + 4] = code.getModule(x, y);
    }
  }
  return grid;
}

/// What the path of the SVG paints.
Grid painted(const std::string& svg, std::size_t side) {
  Grid grid(side, std::vector<bool>(side));
  static const std::regex rectangle(R"(M(\d+) (\d+)h(\d+)v1h-(\d+)z)");
  for (std::sregex_iterator it(svg.begin(), svg.end(), rectangle); it != std::sregex_iterator(); ++it) {
    const auto x = std::stoul((*it)[1]);
    for (std::size_t i = 0; i < std::stoul((*it)[3]); ++i) grid.at(std::stoul((*it)[2])).at(x + i) = true;
  }
  return grid;
}

TEST(TotpQr, TheSvgPaintsTheCodeWithItsQuietZone) {  // ISO/IEC 18004
  const auto wanted = expected(kText);
  const auto svg = qr_images(kText).svg;
  EXPECT_EQ(painted(svg, wanted.size()), wanted);
  const auto side = std::to_string(wanted.size());
  EXPECT_NE(svg.find("viewBox=\"0 0 " + side + ' ' + side + '"'), std::string::npos);
}

TEST(TotpQr, TheSvgIsOnePathAndNothingThatRuns) {  // ASVS 1.2.1, 3.2.2
  for (const auto& text : {kText, std::string("</svg><script>alert(1)</script>")}) {
    const auto svg = qr_images(text).svg;
    static const std::regex form(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="[0-9 ]+" shape-rendering=")"
                                 R"(crispEdges"><rect width="100%" height="100%" fill="#fff"/><path d="[Mhvz0-9 -]+" )"
                                 R"(fill="#000"/></svg>)");
    EXPECT_TRUE(std::regex_match(svg, form)) << svg.substr(0, 200);
  }
}

TEST(TotpQr, ThePngShowsTheSame) {
  const auto wanted = expected(kText);
  const auto png = qr_images(kText).png;
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  ASSERT_NE(png_image_begin_read_from_memory(&image, png.data(), png.size()), 0);
  image.format = PNG_FORMAT_GRAY;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
  ASSERT_NE(png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr), 0);
  ASSERT_EQ(image.width, wanted.size() * 8);
  ASSERT_EQ(image.height, image.width);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const bool dark = wanted[i / image.width / 8][i % image.width / 8];
    ASSERT_EQ(pixels[i], dark ? 0 : 255) << i;
  }
}

TEST(TotpQr, TheSameTextGivesTheSameBytes) {
  const auto first = qr_images(kText);
  const auto second = qr_images(kText);
  EXPECT_EQ(first.svg, second.svg);
  EXPECT_EQ(first.png, second.png);
  EXPECT_NE(first.svg, qr_images(kText + "x").svg);
}

TEST(TotpQr, HoldsTheLongestNamesThereAre) {
  const std::string host(253, 'h');
  const std::string address(254 * 3, '%');  // every byte percent-encoded
  EXPECT_NO_THROW((void)qr_images("otpauth://totp/" + host + ':' + address + "?secret=" + std::string(32, 'A') +
                                  "&issuer=" + host + "&algorithm=SHA512&digits=8&period=60"));
  EXPECT_THROW((void)qr_images(std::string(4000, 'x')), std::length_error);
}

}  // namespace
}  // namespace secureauth::mfa
