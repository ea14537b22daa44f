#include "accounts/display_name.hpp"

#include "core/unicode.hpp"

namespace secureauth::accounts {
namespace {

constexpr std::size_t kMostCodePoints = 200;
constexpr std::size_t kMostTypedBytes = 4096;  // beyond any 200 characters, and cheap to normalise

Error refusal(std::string code, std::string message) {
  return Error(std::vector<FieldError>{{"name", std::move(code), std::move(message)}});
}

}  // namespace

Result<std::string> parse_display_name(const std::string& text) {
  if (text.size() > kMostTypedBytes) return refusal("too_long", "The name must be at most 200 characters long.");
  auto name = unicode::nfc(text);
  if (!name || !unicode::all_visible(*name, true)) {
    return refusal("invalid_characters", "The name has characters that cannot be shown.");
  }
  if (name->find_first_not_of(' ') == std::string::npos) return refusal("too_short", "The name is empty.");
  if (unicode::code_points(*name) > kMostCodePoints) {
    return refusal("too_long", "The name must be at most 200 characters long.");
  }
  return *std::move(name);
}

}  // namespace secureauth::accounts
