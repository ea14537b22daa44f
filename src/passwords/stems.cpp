#include "passwords/stems.hpp"

#include "core/ascii.hpp"
#include "core/unicode.hpp"
#include "passwords/letter_substitutions.hpp"
#include "passwords/wiped.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace secureauth::passwords {
namespace {

using IsListed = std::function<bool(std::string_view)>;

constexpr std::size_t kFewestLetters = 4;
constexpr std::size_t kMostKept = 4;        // ways to share an end between what was added and letters in disguise
constexpr std::size_t kMostAmbiguous = 4;   // signs of two readings that are tried both ways: 16 texts
constexpr std::size_t kLongestListed = 64;  // bytes; nothing longer is worth its readings

/// Folded text has no capitals; every byte beyond ASCII belongs to a letter as far as this is concerned.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80U;
}
bool is_letter_or_digit(char c) {
  return is_letter(c) || ascii::is_digit(c);
}

std::string_view strip(std::string_view text, bool (*stays)(char)) {
  const auto first = std::ranges::find_if(text, stays);
  if (first == text.end()) return {};
  const auto last = std::find_if(text.rbegin(), text.rend(), stays).base();
  return text.substr(static_cast<std::size_t>(first - text.begin()), static_cast<std::size_t>(last - first));
}

/// The stem as it stands, and with its digits and signs read as letters.
bool any_reading(std::string_view stem, const IsListed& is_listed) {
  if (is_listed(stem)) return true;
  Wiped reading{std::string(stem)};
  std::vector<std::size_t> ambiguous;
  for (std::size_t i = 0; i < stem.size(); ++i) {
    const auto letters = letters_for(stem[i]);
    if (letters.empty()) continue;
    reading.text[i] = letters[0];
    if (letters.size() > 1 && ambiguous.size() < kMostAmbiguous) ambiguous.push_back(i);
  }
  if (reading.text == stem) return false;
  for (unsigned choice = 0; choice < 1U << ambiguous.size(); ++choice) {
    for (std::size_t i = 0; i < ambiguous.size(); ++i) {
      reading.text[ambiguous[i]] = letters_for(stem[ambiguous[i]])[(choice >> i) & 1U];
    }
    if (is_listed(reading.text)) return true;
  }
  return false;
}

/// How many characters of an end, told from the core outwards, may be letters in disguise: none, all, or up to where
/// digits and signs meet (`pa$$123`). A run of digits is not cut: `zebra58203` is no `zebras`.
std::vector<std::size_t> shares_of(std::string_view end) {
  std::vector<std::size_t> kept{0};
  for (std::size_t i = 1; i <= end.size() && kept.size() < kMostKept; ++i) {
    if (i == end.size() || ascii::is_digit(end[i - 1]) != ascii::is_digit(end[i])) kept.push_back(i);
  }
  return kept;
}

}  // namespace

bool any_stem(std::string_view folded, const IsListed& is_listed) {
  if (is_listed(folded)) return true;
  const auto length = unicode::code_points(folded);
  const auto counts = [length](std::string_view stem) {
    return stem.size() <= kLongestListed && 2 * unicode::code_points(stem) > length;
  };
  const auto without_signs = strip(folded, &is_letter_or_digit);
  if (counts(without_signs) && is_listed(without_signs)) return true;

  const auto core = strip(folded, &is_letter);
  if (core.empty()) return false;  // digits alone are nobody's word
  const auto before = static_cast<std::size_t>(core.data() - folded.data());
  Wiped outwards(std::string(folded.substr(0, before)));
  std::ranges::reverse(outwards.text);
  const auto trails = shares_of(folded.substr(before + core.size()));
  for (const auto lead : shares_of(outwards.text)) {
    for (const auto trail : trails) {
      const auto stem = folded.substr(before - lead, lead + core.size() + trail);
      if (stem.size() < kFewestLetters || !counts(stem)) continue;
      if (any_reading(stem, is_listed)) return true;
    }
  }
  return false;
}

}  // namespace secureauth::passwords
