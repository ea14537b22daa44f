#include "core/unicode.hpp"

#include <sodium.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

namespace secureauth::unicode {
namespace {

std::optional<std::string> map(std::string_view text, int options) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &mapped, static_cast<utf8proc_option_t>(options));
  if (size < 0) return std::nullopt;
  std::string result(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
  sodium_memzero(mapped, static_cast<std::size_t>(size));  // it may be a password
  std::free(mapped);
  return result;
}

bool is_visible(utf8proc_category_t category, bool spaces) {
  switch (category) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    case UTF8PROC_CATEGORY_ZS:
      return spaces;
    default:
      return true;
  }
}

}  // namespace

std::optional<std::string> nfc(std::string_view text) {
  return map(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

std::optional<std::string> fold_case(std::string_view text) {
  const auto folded = map(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  if (!folded) return std::nullopt;
  return nfc(*folded);  // folding can leave a sequence that composes
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

bool all_visible(std::string_view text, bool spaces) {
  while (!text.empty()) {
    utf8proc_int32_t code_point = -1;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &code_point);
    if (size <= 0 || !is_visible(utf8proc_category(code_point), spaces)) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace secureauth::unicode
