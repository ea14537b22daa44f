#include "core/locale.hpp"

#include "core/ascii.hpp"

#include <algorithm>

namespace secureauth {
namespace {

constexpr int kMostEntries = 20;

/// A qvalue (RFC 9110 §12.4.2) in thousandths; nothing when it is none.
std::optional<int> quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int thousandths = (text[0] - '0') * 1000;
  int place = 100;
  for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (!ascii::is_digit(digit)) return std::nullopt;
    thousandths += (digit - '0') * place;
    place /= 10;
  }
  if (thousandths > 1000) return std::nullopt;
  return thousandths;
}

struct Entry {
  std::string_view range;
  int quality = 0;
};

/// `de-AT;q=0.8`; quality 0, which is "not this one", when it cannot be read.
Entry read_entry(std::string_view text) {
  const auto semicolon = text.find(';');
  const auto range = ascii::trimmed(text.substr(0, semicolon));
  if (semicolon == std::string_view::npos) return {range, 1000};
  const auto weight = ascii::trimmed(text.substr(semicolon + 1));
  if (weight.size() < 2 || ascii::lower(weight[0]) != 'q' || weight[1] != '=') return {};
  return {range, quality(weight.substr(2)).value_or(0)};
}

}  // namespace

std::string_view to_text(Locale locale) {
  return locale == Locale::de ? "de" : "en";
}

std::optional<Locale> locale_from(std::string_view tag) {
  const auto language = ascii::lower(tag.substr(0, tag.find('-')));
  for (const auto locale : {Locale::en, Locale::de}) {
    if (to_text(locale) == language) return locale;
  }
  return std::nullopt;
}

Locale locale_or_english(std::string_view tag) {
  return locale_from(tag).value_or(Locale::en);
}

Locale choose_locale(std::string_view accept_language) {
  auto chosen = Locale::en;
  int best = 0;
  for (int entries = 0; entries < kMostEntries && !accept_language.empty(); ++entries) {
    const auto comma = std::min(accept_language.find(','), accept_language.size());
    const auto [range, weight] = read_entry(accept_language.substr(0, comma));
    const auto known = locale_from(range);
    if (known && weight > best) {
      chosen = *known;
      best = weight;
    }
    accept_language.remove_prefix(std::min(comma + 1, accept_language.size()));
  }
  return chosen;
}

}  // namespace secureauth
