#include "mail/browser.hpp"

#include <array>

namespace secureauth::mail {
namespace {

struct Sign {
  std::string_view mark;
  std::string_view name;
};

// In this order: most browsers also name the ones they descend from, and phones the system below theirs.
constexpr std::array<Sign, 8> kBrowsers{{{"Edg", "Edge"},
                                         {"OPR/", "Opera"},
                                         {"SamsungBrowser/", "Samsung Internet"},
                                         {"Firefox/", "Firefox"},
                                         {"FxiOS/", "Firefox"},
                                         {"Chrome/", "Chrome"},
                                         {"Safari/", "Safari"},
                                         {"curl/", "curl"}}};
constexpr std::array<Sign, 7> kSystems{{{"Android", "Android"},
                                        {"iPhone", "iPhone"},
                                        {"iPad", "iPad"},
                                        {"Windows", "Windows"},
                                        {"Macintosh", "macOS"},
                                        {"CrOS", "ChromeOS"},
                                        {"Linux", "Linux"}}};

template <std::size_t N>
std::string_view named_in(std::string_view text, const std::array<Sign, N>& signs) {
  for (const auto& sign : signs) {
    if (text.find(sign.mark) != std::string_view::npos) return sign.name;
  }
  return {};
}

}  // namespace

std::string browser_in_words(std::string_view user_agent, Locale locale) {
  const bool german = locale == Locale::de;
  const auto browser = named_in(user_agent, kBrowsers);
  const auto system = named_in(user_agent, kSystems);
  if (browser.empty() && system.empty()) return german ? "unbekannt" : "unknown";
  if (system.empty()) return std::string(browser);
  if (browser.empty()) return std::string(system);
  return std::string(browser) + (german ? " auf " : " on ") + std::string(system);
}

}  // namespace secureauth::mail
