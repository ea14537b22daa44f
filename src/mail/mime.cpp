#include "mail/mime.hpp"

#include "core/ascii.hpp"
#include "core/unicode.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "mail/address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace secureauth::mail {
namespace {

constexpr std::string_view kEnd = "\r\n";
constexpr std::size_t kLongestHeaderText = 60;     // with the header's name below RFC 5322's 78
constexpr std::size_t kBytesOfAnEncodedWord = 42;  // in base64 and its frame below RFC 2047's 75
constexpr std::size_t kLongestLine = 75;           // of quoted-printable, without the soft break's "="
constexpr std::size_t kMostHeaderBytes = 4096;

bool is_printable_ascii(char c) {
  return c >= ' ' && c <= '~';
}

bool is_plain(std::string_view text) {
  return text.size() <= kLongestHeaderText && std::ranges::all_of(text, is_printable_ascii) &&
         text.find("=?") == std::string_view::npos;
}

std::string encoded_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t size = 0;  // as many whole characters as fit: a word must not end within one
    while (size < text.size()) {
      const auto next = unicode::first_character(text.substr(size)).size();
      if (size + next > kBytesOfAnEncodedWord) break;
      size += next;
    }
    out += (out.empty() ? "" : "\r\n ") +
           ("=?UTF-8?B?" + crypto::base64_encode(crypto::as_bytes(text.substr(0, size)))) + "?=";
    text.remove_prefix(size);
  }
  return out;
}

std::string quoted_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + '"';
}

std::string mailbox(const Sender& sender) {
  auto address = '<' + sender.email + '>';
  if (sender.name.empty()) return address;
  const auto name = unicode::one_line(sender.name, kMostHeaderBytes);
  return (is_plain(name) ? quoted_string(name) : encoded_words(name)) + "\r\n " + address;
}

std::string hexadecimal(char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  return {'=', kDigits[byte >> 4U], kDigits[byte & 15U]};
}

/// One line of quoted-printable, without its end. A blank at the end of a line would be lost on the way.
std::string encoded_line(std::string_view line) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool is_last_blank = line[i] == ' ' && i + 1 == line.size();
    const bool literal = is_printable_ascii(line[i]) && line[i] != '=' && !is_last_blank;
    const auto piece = literal ? std::string(1, line[i]) : hexadecimal(line[i]);
    if (column + piece.size() > kLongestLine) {
      out += "=\r\n";
      column = 0;
    }
    out += piece;
    column += piece.size();
  }
  return out;
}

std::string two_digits(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::string header_text(std::string_view text) {
  const auto line = unicode::one_line(text, kMostHeaderBytes);
  return is_plain(line) ? line : encoded_words(line);
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out += encoded_line(text.substr(0, end));
    out += kEnd;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string mail_date(Timestamp time) {
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  const auto weekday = std::chrono::weekday(day).c_encoding();
  return std::string(kDays.at(weekday)) + ", " + std::to_string(static_cast<unsigned>(date.day())) + ' ' +
         std::string(kMonths.at(static_cast<unsigned>(date.month()) - 1)) + ' ' +
         std::to_string(static_cast<int>(date.year())) + ' ' + two_digits(clock.hours().count()) + ':' +
         two_digits(clock.minutes().count()) + ':' + two_digits(clock.seconds().count()) + " +0000";
}

std::string compose(const Message& message, const Sender& sender, std::string_view id, Timestamp date) {
  // "=_" never occurs in quoted-printable (RFC 2045 §6.7), so no content can end its part.
  const auto boundary = "=_" + std::string(id);
  std::string out;
  auto line = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append(kEnd);
  };
  auto part = [&](std::string_view type, std::string_view content) {
    out.append("--").append(boundary).append(kEnd);
    line("Content-Type", std::string(type) + "; charset=utf-8");
    line("Content-Transfer-Encoding", "quoted-printable");
    out.append(kEnd).append(quoted_printable(content)).append(kEnd);
  };
  line("Date", mail_date(date));
  line("From", mailbox(sender));
  line("To", '<' + message.recipient + '>');
  line("Subject", header_text(message.subject));
  line("Message-ID", '<' + std::string(id) + '@' + std::string(domain_of(sender.email)) + '>');
  line("Auto-Submitted", "auto-generated");  // RFC 3834 §5: no out-of-office notes come back
  line("MIME-Version", "1.0");
  line("Content-Type", "multipart/alternative;\r\n boundary=\"" + boundary + '"');
  out.append(kEnd);
  part("text/plain", message.text);
  part("text/html", message.html);
  return out.append("--").append(boundary).append("--").append(kEnd);
}

}  // namespace secureauth::mail
