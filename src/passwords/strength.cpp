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

constexpr std::size_t kMostJudged = 100;  // characters: zxcvbn's time grows faster than its input

/// One byte a code point, none of them NUL, which would end the text: zxcvbn knows bytes, and would take the three of
/// a Hangul syllable for three choices. Different code points may share a byte, which only makes it stricter.
std::string one_byte_each(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());  // never moved: what it held would stay behind
  while (!text.empty()) {
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

/// Runs of one character as three of it: zxcvbn counts the length of a run as choice.
void shorten_runs(std::string& text) {
  const auto is_fourth = [&, i = std::size_t{0}, run = std::size_t{0}, last = '\0'](char c) mutable {
    run = i++ > 0 && c == last ? run + 1 : 1;
    last = c;
    return run > 3;
  };
  text.erase(std::remove_if(text.begin(), text.end(), is_fourth), text.end());
}

/// The length of the shortest unit that the text repeats, its own length where it repeats none (Knuth, Morris, Pratt).
std::size_t period_of(std::string_view text) {
  std::vector<std::size_t> border(text.size() + 1);
  for (std::size_t i = 1, matched = 0; i < text.size(); ++i) {
    while (matched > 0 && text[i] != text[matched]) matched = border[matched];
    if (text[i] == text[matched]) ++matched;
    border[i + 1] = matched;
  }
  return text.size() - border[text.size()];
}

/// What zxcvbn is given: it sees a repeated unit when it stands there twice, but not reliably a hundred times.
std::string text_to_judge(std::string_view password) {
  auto text = one_byte_each(password);
  shorten_runs(text);
  const auto twice = 2 * period_of(text);
  text.resize(std::min({text.size(), twice, kMostJudged}));
  return text;
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

std::string_view name(Pattern pattern) {
  switch (pattern) {
    case Pattern::common_word:
      return "common_word";
    case Pattern::disguised_word:
      return "disguised_word";
    case Pattern::own_word:
      return "own_word";
    case Pattern::repeat:
      return "repeat";
    case Pattern::sequence:
      return "sequence";
    case Pattern::keyboard:
      return "keyboard";
    case Pattern::date:
      return "date";
    case Pattern::none:
      break;
  }
  return "none";
}

Strength estimate_strength(const Password& password, std::span<const std::string> own_words) {
  const Wiped judged(text_to_judge(password.bytes().reveal()));
  std::vector<std::string> words;
  for (const auto& word : own_words) words.push_back(one_byte_each(word));
  std::vector<const char*> dictionary;
  for (const auto& word : words) dictionary.push_back(word.c_str());
  dictionary.push_back(nullptr);

  ZxcMatch_t* matches = nullptr;
  const auto bits = ZxcvbnMatch(judged.text.c_str(), dictionary.data(), &matches);
  const std::unique_ptr<ZxcMatch_t, decltype(&ZxcvbnFreeInfo)> owner(matches, &ZxcvbnFreeInfo);

  Strength strength{score_of(bits), longest_pattern(matches)};
  // zxcvbn finds dates in a fifth of all random ten-digit numbers, takes them for meant and says 2.
  if (strength.score == 2 && std::ranges::all_of(judged.text, &ascii::is_digit)) strength.score = 3;
  return strength;
}

}  // namespace secureauth::passwords
