#include "passwords/strength.hpp"

#include "core/ascii.hpp"
#include "passwords/wiped.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>
#include <zxcvbn.h>

namespace secureauth::passwords {
namespace {

constexpr std::size_t kMostJudged = 100;  // code points: zxcvbn's time grows faster than its input

/// One byte a code point, none of them NUL, which would end the text: zxcvbn knows bytes, and would take the three of
/// a Hangul syllable for three choices. Different code points may share a byte, which only makes it stricter.
std::string one_byte_each(std::string_view text) {
  std::string bytes;
  while (!text.empty() && bytes.size() < kMostJudged) {
    utf8proc_int32_t point = -1;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &point);
    if (size <= 0) break;
    if (point == 0) point = 1;
    bytes += static_cast<char>(static_cast<unsigned char>(point < 0x80 ? point : 0x80 + point % 0x80));
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return bytes;
}

Pattern pattern_of(const ZxcMatch_t& match) {
  const auto type = static_cast<unsigned>(match.Type);
  if ((type & MULTIPLE_MATCH) != 0) return Pattern::repeat;
  switch (type) {
    case DICTIONARY_MATCH:
      return Pattern::common_word;
    case DICT_LEET_MATCH:
      return Pattern::disguised_word;
    case USER_MATCH:
    case USER_LEET_MATCH:
      return Pattern::own_word;
    case REPEATS_MATCH:
      return Pattern::repeat;
    case SEQUENCE_MATCH:
      return Pattern::sequence;
    case SPATIAL_MATCH:
      return Pattern::keyboard;
    case DATE_MATCH:
    case YEAR_MATCH:
      return Pattern::date;
    default:
      return Pattern::none;
  }
}

Pattern longest_pattern(const ZxcMatch_t* match) {
  int longest = 0;
  auto pattern = Pattern::none;
  for (; match != nullptr; match = match->Next) {
    if (match->Length <= longest || pattern_of(*match) == Pattern::none) continue;
    longest = match->Length;
    pattern = pattern_of(*match);
  }
  return pattern;
}

int score_of(double bits) {
  constexpr std::array kDecimalPowers{3.0, 6.0, 8.0, 10.0};
  const auto power = bits * std::log10(2.0);
  return static_cast<int>(std::ranges::count_if(kDecimalPowers, [power](double bound) { return power >= bound; }));
}

}  // namespace

Strength estimate_strength(const Password& password, std::span<const std::string> own_words) {
  const Wiped judged(one_byte_each(password.bytes().reveal()));
  std::vector<std::string> words;
  for (const auto& word : own_words) words.push_back(one_byte_each(word));
  std::vector<const char*> dictionary;
  for (const auto& word : words) dictionary.push_back(word.c_str());
  dictionary.push_back(nullptr);

  ZxcMatch_t* matches = nullptr;
  const auto bits = ZxcvbnMatch(judged.text.c_str(), dictionary.data(), &matches);
  const std::unique_ptr<ZxcMatch_t, decltype(&ZxcvbnFreeInfo)> owner(matches, &ZxcvbnFreeInfo);

  Strength strength{score_of(bits), longest_pattern(matches)};
  // zxcvbn finds dates in a fifth of all random ten-digit numbers and takes them for meant: one step up for digits.
  if (strength.score > 0 && strength.score < 4 && std::ranges::all_of(judged.text, &ascii::is_digit)) ++strength.score;
  return strength;
}

}  // namespace secureauth::passwords
