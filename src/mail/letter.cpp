#include "mail/letter.hpp"

#include "core/unicode.hpp"
#include "mail/browser.hpp"

#include <array>

namespace secureauth::mail {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMonths = 12;
constexpr std::array<std::string_view, kMonths> kEnglishMonths{"January",   "February", "March",    "April",
                                                               "May",       "June",     "July",     "August",
                                                               "September", "October",  "November", "December"};
constexpr std::array<std::string_view, kMonths> kGermanMonths{"Januar",    "Februar", "März",     "April",
                                                              "Mai",       "Juni",    "Juli",     "August",
                                                              "September", "Oktober", "November", "Dezember"};

/// A unit and its names, used from two of it on: "120 minutes" are two hours, "90 minutes" are not one.
struct Unit {
  std::chrono::seconds length;
  std::string_view english;
  std::string_view german;
};
constexpr std::array<Unit, 3> kUnits{
    {{1h, "hours", "Stunden"}, {1min, "minutes", "Minuten"}, {1s, "seconds", "Sekunden"}}};

std::string two_digits(long number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::string in_words(std::chrono::seconds validity, Locale locale) {
  const bool german = locale == Locale::de;
  if (validity > 48h && validity % 24h == 0s) return std::to_string(validity / 24h) + (german ? " Tagen" : " days");
  for (const auto& unit : kUnits) {
    if (validity < 2 * unit.length) continue;
    return std::to_string(validity / unit.length) + ' ' + std::string(german ? unit.german : unit.english);
  }
  return german ? "1 Sekunde" : "1 second";
}

std::string in_words(Timestamp time, Locale locale) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto month = static_cast<unsigned>(date.month()) - 1;
  const auto at = two_digits(clock.hours().count()) + ':' + two_digits(clock.minutes().count());
  const auto number = std::to_string(static_cast<unsigned>(date.day()));
  const auto year = std::to_string(static_cast<int>(date.year()));
  if (locale == Locale::de) {
    return number + ". " + std::string(kGermanMonths.at(month)) + ' ' + year + ", " + at + " Uhr (UTC)";
  }
  return number + ' ' + std::string(kEnglishMonths.at(month)) + ' ' + year + ", " + at + " UTC";
}

void say_when_and_where(Letter& letter, Timestamp when, const ClientInfo& client) {
  letter.values["time"] = in_words(when, letter.locale);
  letter.values["ip"] = client.ip;
  letter.values["user_agent"] = browser_in_words(client.user_agent, letter.locale);
}

std::string masked(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || at == 0) return "…";
  return std::string(unicode::first_character(address)) + "…" + std::string(address.substr(at));
}

}  // namespace secureauth::mail
