#pragma once

#include "passwords/own_words.hpp"
#include "passwords/password.hpp"

#include <span>
#include <string>
#include <string_view>

namespace secureauth::passwords {

/// What makes a password easy to guess: the longest pattern that was found in it.
enum class Pattern { none, common_word, disguised_word, own_word, repeat, sequence, keyboard, date };

/// The enumerator's own name, as the API gives it.
[[nodiscard]] std::string_view name(Pattern pattern);

/// How many guesses it stands, by zxcvbn.
struct Strength {
  int score = 0;  ///< 0 to 4: at least 10^0, 10^3, 10^6, 10^8, 10^10 guesses
  Pattern pattern = Pattern::none;
};

/// Judges the first hundred characters, repetitions aside; any may be NUL. Below a few milliseconds. Thread-safe.
/// Source: D. Wheeler, zxcvbn: Low-Budget Password Strength Estimation, USENIX Security 2016.
[[nodiscard]] Strength estimate_strength(const Password& password, std::span<const std::string> own_words);

}  // namespace secureauth::passwords
