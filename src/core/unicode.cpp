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

struct CodePoint {
  utf8proc_int32_t value = -1;
  std::size_t size = 0;  ///< bytes; 0 where there is no valid one
};

CodePoint first_of(std::string_view text) {
  CodePoint first;
  if (text.empty()) return first;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &first.value);
  if (size > 0) first.size = static_cast<std::size_t>(size);
  return first;
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

/// What one_line shows of the code point that `text` begins with.
std::string_view shown_in_line(CodePoint next, std::string_view text) {
  if (next.size == 0) return "\xef\xbf\xbd";
  const auto category = utf8proc_category(next.value);
  if (is_visible(category, true)) return text.substr(0, next.size);
  const bool separates =
      category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
  return separates ? " " : "";
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
    const auto next = first_of(text);
    if (next.size == 0 || !is_visible(utf8proc_category(next.value), spaces)) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

bool is_valid(std::string_view text) {
  while (!text.empty()) {
    const auto next = first_of(text);
    if (next.size == 0) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

std::string_view first_character(std::string_view text) {
  return text.substr(0, first_of(text).size);
}

std::string one_line(std::string_view text, std::size_t most_bytes) {
  std::string line;
  while (!text.empty()) {
    const auto next = first_of(text);
    const auto shown = shown_in_line(next, text);
    if (line.size() + shown.size() > most_bytes) break;
    line += shown;
    text.remove_prefix(std::max<std::size_t>(1, next.size));
  }
  return line;
}

}  // namespace secureauth::unicode
