#include "settings/rate_limit_rows.hpp"

#include "settings/setting_kinds.hpp"

namespace secureauth::settings {
namespace {

using Limit = protection::RateLimitSettings::Limit;

constexpr std::uint64_t kMostRequests = 100'000;  // exact even in a window of one second: ten microseconds a request

/// A number of requests, or `off`. Nought is refused: who writes it may well mean that none are allowed.
std::int64_t read_requests(std::string_view text) {
  if (text == "off") return 0;
  try {
    return static_cast<std::int64_t>(read_number(text, 1, kMostRequests));
  } catch (const BadValue&) {
    throw BadValue("must be a number of requests from 1 to " + std::to_string(kMostRequests) + ", or off");
  }
}

/// `10/60`: ten requests in sixty seconds; or `off`.
Limit read_limit(std::string_view text) {
  if (text == "off") return {};
  const auto slash = text.find('/');
  try {
    if (slash == std::string_view::npos) throw BadValue("no window");
    return {.requests = static_cast<std::int64_t>(read_number(text.substr(0, slash), 1, kMostRequests)),
            .window = std::chrono::seconds(read_number(text.substr(slash + 1), 1, kDay))};
  } catch (const BadValue&) {
    throw BadValue("must be REQUESTS/SECONDS such as 10/60, or off");
  }
}

Apply limit(Limit protection::RateLimitSettings::* member) {
  return [=](Config& c, const std::string& text) { c.rate_limits.*member = read_limit(text); };
}

void apply_exempt(Config& c, const std::string& text) {
  c.rate_limits.exempt.clear();
  if (text == "none") return;
  for (const auto& path : read_list(text)) {
    if (!path.starts_with("/auth/")) throw BadValue("must list paths under /auth/, or be none");
    c.rate_limits.exempt.push_back(path);
  }
}

}  // namespace

std::vector<SettingRow> rate_limit_rows() {
  using Settings = protection::RateLimitSettings;
  return {
      {{"RATE_LIMIT_REQUESTS", "50",
        "Requests under /auth that a client address, or a session, may make in the window; or off"},
       [](Config& c, const std::string& text) { c.rate_limits.usual.requests = read_requests(text); }},
      {{"RATE_LIMIT_WINDOW_SECONDS", "600", "The window: requests come back one by one over it"},
       [](Config& c, const std::string& text) {
         c.rate_limits.usual.window = std::chrono::seconds(read_number(text, 1, kDay));
       }},
      {{"RATE_LIMIT_EXEMPT", "/auth/me,/auth/csrf",
        "Paths whose GET does not count against it, comma-separated, or none"},
       &apply_exempt},
      {{"RATE_LIMIT_REGISTER", "5/60", "Sign-ups an address may begin, as REQUESTS/SECONDS; or off, like those below"},
       limit(&Settings::sign_up)},
      {{"RATE_LIMIT_LOGIN", "10/60", "Passwords, codes and passkeys an address may try"}, limit(&Settings::login)},
      {{"RATE_LIMIT_VERIFY", "10/60", "Verification links an address may ask for or follow"}, limit(&Settings::verify)},
      {{"RATE_LIMIT_RESET", "5/60", "Password resets of an address; new sets of recovery codes of an account"},
       limit(&Settings::reset)},
      {{"RATE_LIMIT_PASSWORD_CHECK", "60/60",
        "New passwords an address may have checked while somebody types; counts against no other limit"},
       limit(&Settings::password_check)},
  };
}

}  // namespace secureauth::settings
