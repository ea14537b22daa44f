#include "passwords/hash_reader.hpp"

#include <algorithm>
#include <charconv>

namespace secureauth::passwords {

void HashReader::literal(std::string_view text) {
  if (!maybe(text)) failed_ = true;
}

bool HashReader::maybe(std::string_view text) {
  if (failed_ || !rest_.starts_with(text)) return false;
  rest_.remove_prefix(text.size());
  return true;
}

std::uint32_t HashReader::number() {
  std::uint32_t value = 0;
  const auto [end, ec] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
  if (failed_ || ec != std::errc{} || rest_.front() == '0') {
    failed_ = true;
    return 0;
  }
  rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
  return value;
}

std::string_view HashReader::take(std::size_t size) {
  require(size <= rest_.size());
  if (failed_) return {};
  const auto taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::string_view HashReader::field() {
  const auto end = rest_.find('$');
  require(end != std::string_view::npos);
  if (failed_) return {};
  const auto taken = take(end);
  rest_.remove_prefix(1);
  return taken;
}

int crypt_base64_value(char digit) {
  constexpr std::string_view kDigits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const auto at = kDigits.find(digit);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

bool is_crypt_base64(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return crypt_base64_value(c) >= 0; });
}

}  // namespace secureauth::passwords
