#include "audit/export/formats.hpp"

#include "audit/export/visible.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace secureauth::audit {
namespace {

namespace json = boost::json;

constexpr auto kFormats = std::to_array<std::pair<Format, std::string_view>>({{Format::jsonl, "jsonl"},
                                                                              {Format::ecs, "ecs"},
                                                                              {Format::ocsf, "ocsf"},
                                                                              {Format::cef, "cef"},
                                                                              {Format::syslog, "syslog"}});

json::value or_null(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

}  // namespace

std::optional<Format> format_from(std::string_view name) {
  const auto* found = std::ranges::find(kFormats, name, &std::pair<Format, std::string_view>::second);
  if (found == kFormats.end()) return std::nullopt;
  return found->first;
}

std::string_view name_of(Format format) {
  return std::ranges::find(kFormats, format, &std::pair<Format, std::string_view>::first)->second;
}

std::string format_entry(Format format, const RecordedEntry& entry, const Reporter& reporter) {
  switch (format) {
    case Format::jsonl:
      return visible_json(as_jsonl(entry));
    case Format::ecs:
      return visible_json(as_ecs(entry, reporter));
    case Format::ocsf:
      return visible_json(as_ocsf(entry, reporter));
    case Format::cef:
      return as_cef(entry, reporter);
    case Format::syslog:
      return as_syslog(entry, reporter);
  }
  throw std::logic_error("unknown format");
}

json::object as_jsonl(const RecordedEntry& entry) {
  json::object line;
  if (entry.number) line["entry"] = *entry.number;
  line["id"] = entry.id;
  line["at"] = entry.at;
  line["event"] = entry.event;
  line["outcome"] = entry.outcome;
  line["actor_id"] = or_null(entry.actor);
  line["subject_id"] = or_null(entry.subject);
  line["session_id"] = or_null(entry.session);
  line["ip"] = entry.ip;
  line["user_agent"] = entry.user_agent;
  line["request_id"] = entry.request_id;
  line["details"] = details_of(entry);
  return line;
}

}  // namespace secureauth::audit
