#include "mfa/passkeys/passkey.hpp"

#include "accounts/display_name.hpp"
#include "core/unicode.hpp"

namespace secureauth::mfa {

Result<std::string> parse_passkey_name(const std::string& text) {
  constexpr std::size_t kMostCodePoints = 64;
  auto name = accounts::parse_display_name(text);
  if (name && unicode::code_points(*name) > kMostCodePoints) {
    return Error(std::vector<FieldError>{{"name", "too_long", "A passkey's name has 64 characters at most."}});
  }
  return name;
}

}  // namespace secureauth::mfa
