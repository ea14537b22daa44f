#include "forward_auth/requirement.hpp"

#include <charconv>

namespace secureauth::forward_auth {
namespace {

/// A decimal number within the bounds, written without sign or leading zero.
std::optional<int> number(const std::string& text, int least, int most) {
  int value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = ec == std::errc{} && end == text.data() + text.size() && !text.starts_with('0');
  if (!whole || value < least || value > most) return std::nullopt;
  return value;
}

bool read_one(Requirement& into, const std::string& name, const std::string& value) {
  constexpr int kYear = 366 * 86400;
  if (name == "aal") {
    const auto aal = number(value, 1, 2);
    into.aal = aal.value_or(into.aal);
    return aal.has_value();
  }
  if (name == "max_age") {
    const auto seconds = number(value, 1, kYear);
    if (seconds) into.max_age.emplace(*seconds);
    return seconds.has_value();
  }
  if (name == "role") {
    const auto role = accounts::role_from(value);
    into.role = role.value_or(into.role);
    return role.has_value();
  }
  if (name == "token") {
    into.audience = value;
    return !value.empty();
  }
  into.redirects = name == "sign_in" && value == "redirect";
  return into.redirects;
}

}  // namespace

Result<Requirement> Requirement::read(const std::map<std::string, std::string, std::less<>>& parameters) {
  Requirement read;
  for (const auto& [name, value] : parameters) {
    if (!read_one(read, name, value)) {
      return Error(ErrorCode::invalid_request,
                   "A requirement is aal=1|2, max_age=SECONDS, role=user|staff|admin, token=AUDIENCE or "
                   "sign_in=redirect.");
    }
  }
  return read;
}

}  // namespace secureauth::forward_auth
