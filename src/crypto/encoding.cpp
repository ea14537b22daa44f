#include "crypto/encoding.hpp"

#include <sodium.h>

#include <algorithm>

namespace secureauth::crypto {
namespace {

std::string to_base64(std::span<const std::byte> bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    variant);
  text.pop_back();  // the terminator
  return text;
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text, int variant) {
  // libsodium 1.0.18 takes every byte from 0x80 on for the alphabet's last sign where char is signed.
  const bool ascii = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!ascii) return std::nullopt;
  std::vector<std::byte> bytes((text.size() / 4 * 3) + 3);
  std::size_t size = 0;
  const char* end = nullptr;
  const int status = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                                       text.size(), nullptr, &size, &end, variant);
  if (status != 0 || end != text.data() + text.size()) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::string base64url_encode(std::span<const std::byte> bytes) {
  return to_base64(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::optional<std::vector<std::byte>> base64url_decode(std::string_view text) {
  return from_base64(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::string base64_encode(std::span<const std::byte> bytes) {
  return to_base64(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::optional<std::vector<std::byte>> base64_decode(std::string_view text) {
  return from_base64(text, sodium_base64_VARIANT_ORIGINAL);
}

std::string hex_encode(std::span<const std::byte> bytes) {
  std::string text((bytes.size() * 2) + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  text.pop_back();
  return text;
}

std::optional<std::vector<std::byte>> hex_decode(std::string_view text) {
  std::vector<std::byte> bytes((text.size() / 2) + 1);  // never empty: libsodium takes no null
  std::size_t size = 0;
  const char* end = nullptr;
  const int status = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                                    text.size(), nullptr, &size, &end);
  if (status != 0 || end != text.data() + text.size()) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

}  // namespace secureauth::crypto
