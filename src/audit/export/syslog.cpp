#include "audit/export/event_class.hpp"
#include "audit/export/formats.hpp"
#include "audit/export/visible.hpp"
#include "core/unicode.hpp"

#include <algorithm>

namespace secureauth::audit {
namespace {

constexpr int kFacility = 10;  // security and authorization messages, RFC 5424 §6.2.1
// §7.2.2: a private name carries an enterprise number. 32473 is reserved for examples and documentation (RFC 5612); it
// belongs to nobody else.
constexpr std::string_view kElementName = "audit@32473";
constexpr std::size_t kLongestHost = 255;
constexpr std::size_t kLongestMessageId = 32;
// A receiver should take 8192 bytes (RFC 5425 §4.3.1).
constexpr std::size_t kMostBytesOfValue = 4096;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

int severity_number(Severity severity) {
  switch (severity) {
    case Severity::informational:
      return 6;
    case Severity::low:
      return 5;
    case Severity::medium:
      return 4;
    case Severity::high:
      return 2;
  }
  return 5;
}

/// PRINTUSASCII of a bounded length; "-" for nothing.
std::string header_field(std::string_view text, std::size_t most) {
  std::string field;
  for (const char c : text.substr(0, most)) field.push_back(c > ' ' && c < '\x7f' ? c : '_');
  return field.empty() ? "-" : field;
}

/// §6.3.3: `"`, `\` and `]` are escaped; the text is UTF-8 without a byte order mark.
void add_parameter(std::string& element, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  element.append(" ").append(name).append("=\"");
  for (const char c : unicode::one_line(value, kMostBytesOfValue)) {
    if (c == '"' || c == '\\' || c == ']') element.push_back('\\');
    element.push_back(c);
  }
  element.push_back('"');
}

std::string structured_data(const RecordedEntry& entry) {
  std::string element = '[' + std::string(kElementName);
  add_parameter(element, "id", entry.id);
  if (entry.number) add_parameter(element, "entry", std::to_string(*entry.number));
  add_parameter(element, "event", entry.event);
  add_parameter(element, "outcome", entry.succeeded() ? "success" : "failure");
  add_parameter(element, "actor", entry.actor.value_or(""));
  add_parameter(element, "subject", entry.subject.value_or(""));
  add_parameter(element, "session", entry.session.value_or(""));
  add_parameter(element, "ip", entry.ip);
  add_parameter(element, "userAgent", entry.user_agent);
  add_parameter(element, "request", entry.request_id);
  if (const auto details = details_of(entry); !details.empty())
    add_parameter(element, "details", visible_json(details));
  return element + ']';
}

/// §6.4: UTF-8 begins with the mark; plain ASCII needs none, and some receivers show it.
std::string marked(const std::string& message) {
  const bool ascii = std::ranges::all_of(message, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii ? message : std::string(kByteOrderMark) + message;
}

}  // namespace

std::string as_syslog(const RecordedEntry& entry, const Reporter& reporter, const std::optional<std::string>& message) {
  const auto& as = class_of(entry.event);
  const int priority = kFacility * 8 + severity_number(severity_of(as, entry.succeeded()));
  std::string line = '<' + std::to_string(priority) + ">1 " + entry.at + ' ';
  line += header_field(reporter.host, kLongestHost) + " secureauth - ";
  line += header_field(entry.event, kLongestMessageId) + ' ';
  line += message ? "-" : structured_data(entry);
  line += ' ' + (message ? marked(*message) : std::string(as.title));
  return line;
}

}  // namespace secureauth::audit
