#include "crypto/uuid.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace secureauth::crypto {
namespace {

constexpr bool dash_at(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

}  // namespace

std::string uuid_v7(Random& random, Timestamp now) {
  std::array<std::byte, 16> id{};
  random.fill(id);
  const auto milliseconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  for (std::size_t i = 0; i < 6; ++i) id[i] = static_cast<std::byte>(milliseconds >> (40 - 8 * i));
  id[6] = (id[6] & std::byte{0x0f}) | std::byte{0x70};  // version 7
  id[8] = (id[8] & std::byte{0x3f}) | std::byte{0x80};  // variant 10

  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (const auto byte : id) {
    if (dash_at(text.size())) text.push_back('-');
    text.push_back(kHex[std::to_integer<std::size_t>(byte >> 4)]);
    text.push_back(kHex[std::to_integer<std::size_t>(byte & std::byte{0x0f})]);
  }
  return text;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash_at(i) ? c != '-' : !hex) return false;
  }
  return true;
}

}  // namespace secureauth::crypto
