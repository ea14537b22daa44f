#include "accounts/email_address.hpp"

#include "core/ascii.hpp"
#include "core/unicode.hpp"

#include <idn2.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

namespace secureauth::accounts {
namespace {

constexpr std::size_t kMostBytes = 254;      // RFC 5321 §4.5.3.1.3, less the angle brackets
constexpr std::size_t kMostLocalBytes = 64;  // §4.5.3.1.1

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || ascii::is_digit(c);
}

bool is_atext(char c) {
  constexpr std::string_view kSigns = "!#$%&'*+-/=?^_`{|}~";
  return is_alphanumeric(c) || kSigns.find(c) != std::string_view::npos || static_cast<unsigned char>(c) >= 0x80;
}

bool is_dot_atom(std::string_view local) {
  if (local.empty() || local.size() > kMostLocalBytes || local.front() == '.' || local.back() == '.') return false;
  if (local.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(local, [](char c) { return c == '.' || is_atext(c); }) &&
         unicode::all_visible(local, false);
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

/// Two labels or more, the last of them not a number: a name, not an address literal in disguise.
bool is_host_name(std::string_view domain) {
  std::string_view last;
  std::size_t labels = 0;
  auto rest = domain;
  while (true) {
    const auto dot = rest.find('.');
    last = rest.substr(0, dot);
    if (!is_label(last)) return false;
    ++labels;
    if (dot == std::string_view::npos) break;
    rest = rest.substr(dot + 1);
  }
  return labels >= 2 && !std::ranges::all_of(last, ascii::is_digit);
}

std::optional<std::string> ascii_domain(const std::string& domain) {
  if (!unicode::all_visible(domain, false)) return std::nullopt;
  std::uint8_t* looked_up = nullptr;
  const auto status = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(domain.c_str()), &looked_up,
                                     IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<std::uint8_t, decltype(&std::free)> owned(looked_up, &std::free);
  if (status != IDN2_OK) return std::nullopt;
  std::string ascii(reinterpret_cast<const char*>(looked_up));
  if (!is_host_name(ascii)) return std::nullopt;
  return ascii;
}

Error refusal() {
  return Error(std::vector<FieldError>{{"email", "invalid_email", "This is not a usable e-mail address."}});
}

}  // namespace

Result<EmailAddress> EmailAddress::parse(std::string_view text) {
  const auto at = text.rfind('@');
  const bool plausible =
      text.size() <= kMostBytes && at != std::string_view::npos && text.find('\0') == std::string_view::npos;
  if (!plausible) return refusal();

  const auto local = unicode::nfc(text.substr(0, at));
  if (!local || !is_dot_atom(*local)) return refusal();
  const auto domain = ascii_domain(std::string(text.substr(at + 1)));
  const auto folded = unicode::fold_case(*local);
  if (!domain || !folded) return refusal();

  auto spelling = *local + '@' + *domain;
  if (spelling.size() > kMostBytes) return refusal();
  return EmailAddress(std::move(spelling), *folded + '@' + *domain);
}

Result<std::string> EmailAddress::key_prefix(std::string_view text) {
  if (auto whole = parse(text)) return whole->key();
  const auto folded = unicode::fold_case(text);
  const bool plausible = folded && text.size() <= kMostBytes && unicode::all_visible(text, false);
  if (plausible) return *folded;
  return Error(std::vector<FieldError>{{"email_prefix", "invalid_format", "No address begins like this."}});
}

}  // namespace secureauth::accounts
