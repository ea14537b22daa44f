#include "mfa/totp/qr.hpp"

#include <array>
#include <cstdint>
#include <png.h>
#include <qrcodegen/qrcodegen.hpp>
#include <stdexcept>

namespace secureauth::mfa {
namespace {

using qrcodegen::QrCode;

constexpr int kQuietZone = 4;  ///< modules, as ISO/IEC 18004 asks
constexpr int kPixels = 8;     ///< a module

QrCode encoded(std::string_view text) {
  return QrCode::encodeText(std::string(text).c_str(), QrCode::Ecc::MEDIUM);
}

/// Dark modules as one path: a rectangle for each run of them in a row.
std::string path_of(const QrCode& code) {
  std::string path;
  for (int y = 0; y < code.getSize(); ++y) {
    for (int x = 0; x < code.getSize();) {
      int run = 0;
      while (code.getModule(x + run, y)) ++run;  // beyond the edge there are light ones
      if (run > 0) {
        const auto length = std::to_string(run);
        path.append("M").append(std::to_string(x + kQuietZone)).append(" ").append(std::to_string(y + kQuietZone));
        path.append("h").append(length).append("v1h-").append(length).append("z");
      }
      x += run + 1;
    }
  }
  return path;
}

std::string svg_of(const QrCode& code) {
  const auto side = std::to_string(code.getSize() + 2 * kQuietZone);
  return R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" + side + ' ' + side +
         R"(" shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"/><path d=")" + path_of(code) +
         R"(" fill="#000"/></svg>)";
}

std::vector<std::byte> png_of(const QrCode& code) {
  const int modules = code.getSize() + 2 * kQuietZone;
  std::vector<std::uint8_t> pixels;  // indices into the palette
  for (int y = 0; y < modules; ++y) {
    std::vector<std::uint8_t> row;
    for (int x = 0; x < modules; ++x) {
      row.insert(row.end(), kPixels, code.getModule(x - kQuietZone, y - kQuietZone) ? 1 : 0);
    }
    for (int i = 0; i < kPixels; ++i) pixels.insert(pixels.end(), row.begin(), row.end());
  }
  constexpr std::array<std::uint8_t, 6> kPalette{255, 255, 255, 0, 0, 0};
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(modules * kPixels);
  image.height = image.width;
  image.format = PNG_FORMAT_RGB_COLORMAP;
  image.colormap_entries = 2;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::byte> png(size);
  if (png_image_write_to_memory(&image, png.data(), &size, 0, pixels.data(), 0, kPalette.data()) == 0) {
    throw std::runtime_error(std::string("libpng: ") + static_cast<const char*>(image.message));
  }
  png.resize(size);
  return png;
}

}  // namespace

QrImages qr_images(std::string_view text) {
  const auto code = encoded(text);
  return {.svg = svg_of(code), .png = png_of(code)};
}

}  // namespace secureauth::mfa
