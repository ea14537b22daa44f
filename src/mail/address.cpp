#include "mail/address.hpp"

#include "core/ascii.hpp"
#include "core/unicode.hpp"

#include <algorithm>

namespace secureauth::mail {
namespace {

constexpr std::size_t kMostBytes = 254;  // RFC 5321 §4.5.3.1.3, less the angle brackets

bool is_special(char c) {
  constexpr std::string_view kSpecials = "()<>[]:;@\\,\"";  // RFC 5322 §3.2.3, without the dot
  return kSpecials.find(c) != std::string_view::npos;
}

}  // namespace

std::string_view domain_of(std::string_view address) {
  return address.substr(address.rfind('@') + 1);
}

AddressForm form_of(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || at == 0 || address.size() > kMostBytes) return AddressForm::unusable;
  const auto local = address.substr(0, at);
  const auto domain = domain_of(address);
  const bool domain_is_ascii = !domain.empty() && std::ranges::all_of(domain, [](char c) {
    return ascii::is_alphanumeric(c) || c == '-' || c == '.';
  });
  if (!domain_is_ascii || std::ranges::any_of(local, is_special) || !unicode::all_visible(local, false)) {
    return AddressForm::unusable;
  }
  // Looks like an encoded-word (RFC 2047), which some servers decode even here: into a line break, too.
  if (local.find("=?") != std::string_view::npos) return AddressForm::unusable;
  const bool local_is_ascii = std::ranges::all_of(local, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return local_is_ascii ? AddressForm::ascii : AddressForm::international;
}

}  // namespace secureauth::mail
