#include "mfa/totp/qr.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <png.h>
#include <qrcodegen/qrcodegen.hpp>
#include <sstream>
#include <string>

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

/// The path's data, after a ground that is always the same; fails when anything else is there.
std::string path_of(const std::string& svg) {
  const auto found = svg.find("<path d=\"");
  EXPECT_NE(found, std::string::npos);
  const auto from = found + std::string_view("<path d=\"").size();
  const auto to = svg.find('"', from);
  const auto side = svg.substr(svg.find("0 0 ") + 4, 2);
  EXPECT_EQ(svg.substr(0, from), "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + ' ' + side +
                                     "\" shape-rendering=\"crispEdges\"><rect width=\"100%\" height=\"100%\" "
                                     "fill=\"#fff\"/><path d=\"");
  EXPECT_EQ(svg.substr(to), "\" fill=\"#000\"/></svg>");
  return svg.substr(from, to - from);
}

/// What the path paints: rectangles one module high, each "Mx yhlengthv1h-lengthz".
Grid painted(const std::string& path, std::size_t side) {
  Grid grid(side, std::vector<bool>(side));
  std::istringstream text(path);
  for (std::string rectangle; std::getline(text, rectangle, 'z');) {
    std::istringstream numbers(rectangle);
    std::size_t x = 0;
    std::size_t y = 0;
    std::size_t length = 0;
    numbers.ignore(1, 'M') >> x >> y;
    numbers.ignore(1, 'h') >> length;
    EXPECT_TRUE(numbers) << rectangle;
    for (std::size_t i = 0; i < length; ++i) grid.at(y).at(x + i) = true;
  }
  return grid;
}

TEST(TotpQr, TheSvgPaintsTheCodeWithItsQuietZone) {  // ISO/IEC 18004
  const auto wanted = expected(kText);
  const auto svg = qr_images(kText).svg;
  EXPECT_EQ(painted(path_of(svg), wanted.size()), wanted);
  EXPECT_NE(svg.find("viewBox=\"0 0 " + std::to_string(wanted.size()) + ' '), std::string::npos);
}

TEST(TotpQr, TheSvgIsOnePathAndNothingThatRuns) {  // ASVS 1.2.1, 3.2.2
  for (const auto& text : {kText, std::string("</svg><script>alert(1)</script>")}) {
    EXPECT_EQ(path_of(qr_images(text).svg).find_first_not_of("Mhvz0123456789- "), std::string::npos);
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
