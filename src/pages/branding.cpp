#include "pages/branding.hpp"

#include <fstream>
#include <optional>
#include <stdexcept>

namespace secureauth::pages {
namespace {

constexpr std::uintmax_t kMostBytes = 256 * 1024;

std::optional<std::string> read(const std::filesystem::path& path) {
  std::error_code error;
  // Not exists(): for that, what may not be looked at is not there.
  if (std::filesystem::status(path, error).type() == std::filesystem::file_type::not_found) return std::nullopt;
  const auto size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) throw std::runtime_error("BRANDING_DIR: " + path.string() + " cannot be read");
  if (size > kMostBytes) throw std::runtime_error("BRANDING_DIR: " + path.string() + " is larger than 256 KiB");
  std::string content(size, '\0');
  if (!file.read(content.data(), static_cast<std::streamsize>(size))) {
    throw std::runtime_error("BRANDING_DIR: " + path.string() + " cannot be read");
  }
  return content;
}

}  // namespace

Branding read_branding(const std::filesystem::path& folder) {
  Branding branding;
  if (folder.empty()) return branding;
  const auto style = read(folder / "brand.css");
  branding.style = style.value_or("");
  for (const auto* name : {"logo.svg", "logo.png"}) {
    if (auto logo = read(folder / name); logo && branding.logo.empty()) {
      branding.logo = *std::move(logo);
      branding.logo_name = name;
    }
  }
  if (!style && branding.logo.empty()) {
    throw std::runtime_error("BRANDING_DIR: " + folder.string() + " has neither brand.css nor logo.svg nor logo.png");
  }
  return branding;
}

}  // namespace secureauth::pages
