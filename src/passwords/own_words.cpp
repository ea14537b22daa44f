#include "passwords/own_words.hpp"

#include "core/ascii.hpp"
#include "core/unicode.hpp"
#include "passwords/letter_substitutions.hpp"

#include <algorithm>

namespace secureauth::passwords {
namespace {

constexpr std::size_t kShortestWord = 3;  // code points: "kim" twice is most of "kimkim1", "jo" is in everything

bool is_sign(char c) {
  return static_cast<unsigned char>(c) < 0x80U && !ascii::is_digit(c) && (c < 'a' || c > 'z');
}

void add(OwnWords& words, std::string_view word) {
  if (unicode::code_points(word) < kShortestWord || std::ranges::find(words, word) != words.end()) return;
  words.emplace_back(word);
}

bool stands_for(char typed, char letter) {
  return typed == letter || letters_for(typed).find(letter) != std::string_view::npos;
}

}  // namespace

void add_words(OwnWords& words, std::string_view text) {
  const auto folded = unicode::fold_case(text);
  if (!folded) return;
  add(words, *folded);
  for (auto at = folded->begin(); at != folded->end();) {
    const auto end = std::find_if(at, folded->end(), &is_sign);
    add(words, std::string_view(at, end));
    at = std::find_if_not(end, folded->end(), &is_sign);
  }
}

OwnWords words_of(const PasswordOwner& owner) {
  OwnWords words;
  add_words(words, owner.email);
  const auto at = owner.email.rfind('@');
  if (at != std::string::npos) {
    add_words(words, std::string_view(owner.email).substr(0, at));
    add_words(words, std::string_view(owner.email).substr(at + 1));
  }
  if (owner.name) add_words(words, *owner.name);
  return words;
}

bool is_mostly(std::string_view folded, std::span<const std::string> words) {
  std::vector<bool> covered(folded.size());
  for (const std::string_view word : words) {
    for (std::size_t i = 0; i + word.size() <= folded.size(); ++i) {
      if (std::equal(word.begin(), word.end(), folded.begin() + static_cast<std::ptrdiff_t>(i),
                     [](char letter, char typed) { return stands_for(typed, letter); })) {
        std::fill_n(covered.begin() + static_cast<std::ptrdiff_t>(i), word.size(), true);
      }
    }
  }
  std::size_t covered_points = 0;
  for (std::size_t i = 0; i < folded.size(); ++i) {
    if (covered[i]) covered_points += unicode::code_points(folded.substr(i, 1));
  }
  return 2 * covered_points > unicode::code_points(folded);
}

}  // namespace secureauth::passwords
