#include "audit/export/event_class.hpp"
#include "audit/export/formats.hpp"
#include "audit/export/visible.hpp"
#include "core/unicode.hpp"

namespace secureauth::audit {
namespace {

constexpr std::size_t kMostBytes = 4096;  // of a value: CEF allows its custom strings 4000 characters

/// ArcSight CEF 0, "Character Encoding": in the header `|` and `\` are escaped, in extensions `=` and `\`. Line breaks,
/// which only extensions may have, become blanks: one entry is one line for whatever reads it.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : unicode::one_line(text, kMostBytes)) {
    if (special.find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

class Extension {
 public:
  void add(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (!text_.empty()) text_.push_back(' ');
    text_.append(key).append("=").append(escaped(value, "=\\"));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Of CEF's scale from 0 to 10.
std::string_view severity_text(Severity severity) {
  switch (severity) {
    case Severity::informational:
      return "2";
    case Severity::low:
      return "4";
    case Severity::medium:
      return "6";
    case Severity::high:
      return "8";
  }
  return "6";
}

std::string header(const RecordedEntry& entry, const EventClass& as) {
  std::string text = "CEF:0|SecureAuthService|secureauth|" + escaped(SECUREAUTH_VERSION, "|\\") + '|';
  text += escaped(entry.event, "|\\") + '|' + escaped(as.title, "|\\") + '|';
  text += severity_text(severity_of(as, entry.succeeded()));
  return text + '|';
}

/// `src` is for IPv4 alone.
void add_source(Extension& extension, const std::string& ip) {
  if (ip.find(':') == std::string::npos) {
    extension.add("src", ip);
    return;
  }
  extension.add("c6a2Label", "Source IPv6 Address");
  extension.add("c6a2", ip);
}

}  // namespace

std::string as_cef(const RecordedEntry& entry, const Reporter& reporter) {
  const auto& as = class_of(entry.event);
  Extension extension;
  extension.add("rt", std::to_string(milliseconds_of(entry)));
  extension.add("dvchost", reporter.host);
  extension.add("externalId", entry.id);
  extension.add("act", entry.event);
  extension.add("cat", as.ecs_category);
  extension.add("outcome", entry.succeeded() ? "success" : "failure");
  const auto details = details_of(entry);
  if (const auto* reason = details.if_contains("reason"); reason != nullptr && reason->is_string()) {
    extension.add("reason", std::string_view(reason->get_string()));
  }
  extension.add("suid", entry.actor.value_or(""));
  extension.add("duid", entry.subject.value_or(""));
  add_source(extension, entry.ip);
  extension.add("requestClientApplication", entry.user_agent);
  if (!entry.request_id.empty()) extension.add("cs1Label", "requestId");
  extension.add("cs1", entry.request_id);
  if (entry.session) extension.add("cs2Label", "sessionId");
  extension.add("cs2", entry.session.value_or(""));
  if (!details.empty()) {
    extension.add("cs3Label", "details");
    extension.add("cs3", visible_json(details));
  }
  if (entry.number) {
    extension.add("cn1Label", "entry");
    extension.add("cn1", std::to_string(*entry.number));
  }
  return header(entry, as) + extension.text();
}

}  // namespace secureauth::audit
