#include "audit/export/visible.hpp"

#include "core/unicode.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdint>

namespace secureauth::audit {
namespace {

void append_escape(std::string& out, std::uint32_t unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kDigits.at((unit >> shift) & 0xfU));
}

/// The code point of one valid UTF-8 sequence.
std::uint32_t code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first;
  std::uint32_t value = first & (0xffU >> (character.size() + 1));
  for (const char c : character.substr(1)) value = (value << 6U) | (static_cast<unsigned char>(c) & 0x3fU);
  return value;
}

void append_escaped(std::string& out, std::string_view character) {
  const auto value = character.empty() ? 0xfffdU : code_point(character);
  if (value < 0x10000) {
    append_escape(out, value);
    return;
  }
  append_escape(out, 0xd800U + ((value - 0x10000) >> 10U));
  append_escape(out, 0xdc00U + ((value - 0x10000) & 0x3ffU));
}

}  // namespace

std::string visible_json(const boost::json::object& object) {
  const auto plain = boost::json::serialize(object);
  std::string out;
  out.reserve(plain.size());
  for (std::string_view rest(plain); !rest.empty();) {
    const auto character = unicode::first_character(rest);
    if (!character.empty() && unicode::all_visible(character, true)) {
      out += character;
    } else {
      append_escaped(out, character);  // beyond ASCII, or U+007F, which stand in strings alone
    }
    rest.remove_prefix(std::max<std::size_t>(1, character.size()));
  }
  return out;
}

}  // namespace secureauth::audit
