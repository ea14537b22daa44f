#include "admin/audit_filter.hpp"

#include "audit/audit_log.hpp"
#include "core/unicode.hpp"
#include "crypto/uuid.hpp"

#include <stdexcept>
#include <vector>

namespace secureauth::admin {
namespace {

constexpr std::size_t kLongestText = 64;  // of what is no name, id or time

/// Gathers every mistake, as http::FieldReader does for bodies.
class FilterReader {
 public:
  explicit FilterReader(const NamedText& given) : given_(given) {}

  std::optional<std::string> text(std::string_view name) {
    auto value = given_(name);
    if (value && (value->size() > kLongestText || !unicode::all_visible(*value, false))) {
      refuse(name, "This is no value that an entry can have.");
      return std::nullopt;
    }
    return value;
  }

  template <class T>
  std::optional<T> id(std::string_view name) {
    const auto value = text(name);
    if (!value) return std::nullopt;
    if (!crypto::is_uuid(*value)) refuse(name, "This is not an id.");
    return T(*value);
  }

  std::optional<Timestamp> time(std::string_view name) {
    const auto value = text(name);
    if (!value) return std::nullopt;
    try {
      return from_rfc3339(*value);
    } catch (const std::invalid_argument&) {
      refuse(name, "This is not a time such as 2026-01-31T12:00:00Z.");
      return std::nullopt;
    }
  }

  std::optional<std::string> event(std::string_view name) {
    auto value = text(name);
    if (value && !audit::event_from(*value)) refuse(name, "There is no such event: see docs/audit.md.");
    return value;
  }

  std::optional<std::string> outcome(std::string_view name) {
    auto value = text(name);
    if (value && *value != "success" && *value != "failure") refuse(name, "The outcome is success or failure.");
    return value;
  }

  [[nodiscard]] const std::vector<FieldError>& errors() const { return errors_; }

 private:
  void refuse(std::string_view name, std::string_view message) {
    errors_.push_back({std::string(name), "invalid_format", std::string(message)});
  }

  const NamedText& given_;
  std::vector<FieldError> errors_;
};

void append(std::string& text, std::string_view name, const std::optional<std::string>& value) {
  if (value) text.append("\n").append(name).append("=").append(*value);
}

template <class Tag>
std::optional<std::string> text_of(const std::optional<Id<Tag>>& id) {
  if (!id) return std::nullopt;
  return id->text();
}

std::optional<std::string> text_of(const std::optional<Timestamp>& time) {
  if (!time) return std::nullopt;
  return to_rfc3339(*time);
}

}  // namespace

Result<audit::SearchFilter> read_audit_filter(const NamedText& given) {
  FilterReader reader(given);
  audit::SearchFilter filter{.event = reader.event("event"),
                             .outcome = reader.outcome("outcome"),
                             .actor = reader.id<UserId>("actor"),
                             .subject = reader.id<UserId>("subject"),
                             .session = reader.id<SessionId>("session"),
                             .request_id = reader.text("request_id"),
                             .ip = reader.text("ip"),
                             .from = reader.time("from"),
                             .to = reader.time("to")};
  if (!reader.errors().empty()) return Error(reader.errors());
  return filter;
}

std::string canonical_text(const audit::SearchFilter& filter) {
  std::string text;
  append(text, "event", filter.event);
  append(text, "outcome", filter.outcome);
  append(text, "actor", text_of(filter.actor));
  append(text, "subject", text_of(filter.subject));
  append(text, "session", text_of(filter.session));
  append(text, "request_id", filter.request_id);
  append(text, "ip", filter.ip);
  append(text, "from", text_of(filter.from));
  append(text, "to", text_of(filter.to));
  return text;
}

}  // namespace secureauth::admin
