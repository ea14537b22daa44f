#include "core/clock.hpp"

#include <array>
#include <stdexcept>

namespace secureauth {
namespace {

constexpr std::size_t kWholeSeconds = 19;  // "2026-01-02T03:04:05"
constexpr std::size_t kFullLength = 27;    // ".000000Z" more
constexpr int kMicrosPerSecond = 1'000'000;

void put_digits(char* at, unsigned value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

[[noreturn]] void refuse() {
  throw std::invalid_argument("not an RFC 3339 UTC time");
}

unsigned read_digits(std::string_view text, std::size_t at, std::size_t width) {
  unsigned value = 0;
  for (const char c : text.substr(at, width)) {
    if (c < '0' || c > '9') refuse();
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

unsigned read_at_most(std::string_view text, std::size_t at, unsigned highest) {
  const auto value = read_digits(text, at, 2);
  if (value > highest) refuse();
  return value;
}

// "" is 0; ".5" is 500000.
unsigned read_fraction(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] != '.' || text.size() < 2 || text.size() > 7) refuse();
  auto micros = read_digits(text, 1, text.size() - 1);
  for (auto digits = text.size() - 1; digits < 6; ++digits) micros *= 10;
  return micros;
}

}  // namespace

std::string to_rfc3339(Timestamp time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const auto year = static_cast<int>(date.year());
  if (year < 0 || year > 9999) throw std::out_of_range("RFC 3339 writes years 0000 to 9999 only");
  const auto of_day = static_cast<std::uint64_t>((time - day).count());
  const auto seconds = static_cast<unsigned>(of_day / kMicrosPerSecond);

  std::string text = "0000-00-00T00:00:00.000000Z";
  put_digits(&text[0], static_cast<unsigned>(year), 4);
  put_digits(&text[5], static_cast<unsigned>(date.month()), 2);
  put_digits(&text[8], static_cast<unsigned>(date.day()), 2);
  put_digits(&text[11], seconds / 3600, 2);
  put_digits(&text[14], seconds / 60 % 60, 2);
  put_digits(&text[17], seconds % 60, 2);
  put_digits(&text[20], static_cast<unsigned>(of_day % kMicrosPerSecond), 6);
  return text;
}

Timestamp from_rfc3339(std::string_view text) {
  using namespace std::chrono;
  if (text.size() < kWholeSeconds + 1 || text.size() > kFullLength || text.back() != 'Z') refuse();
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') refuse();
  const year_month_day date(year(static_cast<int>(read_digits(text, 0, 4))), month(read_digits(text, 5, 2)),
                            day(read_digits(text, 8, 2)));
  if (!date.ok() || date.year() < year(1)) refuse();  // PostgreSQL has no year 0
  return Timestamp(sys_days(date)) + hours(read_at_most(text, 11, 23)) + minutes(read_at_most(text, 14, 59)) +
         seconds(read_at_most(text, 17, 59)) +
         microseconds(read_fraction(text.substr(kWholeSeconds, text.size() - kWholeSeconds - 1)));
}

}  // namespace secureauth
