#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::passwords {

/// Whose password it is to be: what of them nobody may choose.
struct PasswordOwner {
  std::string email;
  std::optional<std::string> name;
};

/// Words that anybody who knows the owner or the site tries first: case-folded, at least three characters each.
using OwnWords = std::vector<std::string>;

/// Adds a text and its parts between dots, blanks and other signs: `auth.example.org` also gives `auth`, `example`.
void add_words(OwnWords& words, std::string_view text);

/// The address, its local part, its domain, the name, and the parts of each.
[[nodiscard]] OwnWords words_of(const PasswordOwner& owner);

/// Whether such words, also with letters substituted, make more than half of a case-folded password.
/// Source: NIST SP 800-63B-4 §3.1.1.2; OWASP ASVS 5.0 6.1.2, 6.2.11.
[[nodiscard]] bool is_mostly(std::string_view folded, std::span<const std::string> words);

}  // namespace secureauth::passwords
