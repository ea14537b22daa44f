#include "audit/export/event_class.hpp"
#include "audit/export/formats.hpp"

namespace secureauth::audit {
namespace {

namespace json = boost::json;

/// A user by its id. OCSF wants one where nobody is known, too: type_id 0 says so.
json::object user(const std::optional<std::string>& id) {
  if (!id) return {{"name", "unknown"}, {"type_id", 0}};
  return {{"uid", *id}, {"type_id", 1}};
}

json::object metadata_of(const RecordedEntry& entry) {
  json::object metadata{{"version", "1.3.0"},
                        {"uid", entry.id},
                        {"product",
                         {{"name", "SecureAuthService"},
                          {"vendor_name", "SecureAuthService"},
                          {"version", SECUREAUTH_VERSION},
                          {"feature", {{"name", "audit"}}}}},
                        {"event_code", entry.event},
                        {"log_name", "audit_logs"}};
  if (entry.number) metadata["sequence"] = *entry.number;
  if (!entry.request_id.empty()) metadata["correlation_uid"] = entry.request_id;
  return metadata;
}

/// What each class asks for besides.
void add_class(json::object& line, const RecordedEntry& entry, const EventClass& as, const Reporter& reporter) {
  switch (as.ocsf_class) {
    case OcsfClass::authentication:
      line["user"] = user(entry.subject ? entry.subject : entry.actor);
      line["service"] = {{"name", "secureauth"}};
      line["dst_endpoint"] = {{"hostname", reporter.host}};
      line["is_remote"] = true;
      if (entry.session) line["session"] = {{"uid", *entry.session}};
      break;
    case OcsfClass::account_change:
      line["user"] = user(entry.subject);
      break;
    case OcsfClass::entity_management:
      line["entity"] = {{"name", "secureauth"}, {"type", entry.event.substr(0, entry.event.find('.'))}};
      break;
    case OcsfClass::api_activity:
      line["api"] = {{"operation", entry.event}, {"service", {{"name", "secureauth"}}}};
      break;
  }
}

void add_client(json::object& line, const RecordedEntry& entry, OcsfClass as) {
  json::object actor;
  if (entry.actor) {
    actor["user"] = user(entry.actor);
    if (entry.session) actor["session"] = {{"uid", *entry.session}};
  } else {
    actor["app_name"] = entry.ip.empty() ? "command line" : "client";
  }
  line["actor"] = std::move(actor);
  if (!entry.ip.empty()) {
    line["src_endpoint"] = {{"ip", entry.ip}};
  } else if (as == OcsfClass::api_activity) {
    line["src_endpoint"] = {{"name", "localhost"}};  // required there
  }
  if (!entry.user_agent.empty()) {
    line["http_request"] = {{"user_agent", entry.user_agent}};
    if (!entry.request_id.empty()) line["http_request"].get_object()["uid"] = entry.request_id;
  }
}

}  // namespace

json::object as_ocsf(const RecordedEntry& entry, const Reporter& reporter) {
  const auto& as = class_of(entry.event);
  const auto uid = static_cast<int>(as.ocsf_class);
  json::object line{{"activity_id", as.ocsf_activity},
                    {"category_uid", uid / 1000},
                    {"class_uid", uid},
                    {"type_uid", uid * 100 + as.ocsf_activity},
                    {"severity_id", static_cast<int>(severity_of(as, entry.succeeded()))},
                    {"status_id", entry.succeeded() ? 1 : 2},
                    {"time", milliseconds_of(entry)},
                    {"message", as.title},
                    {"metadata", metadata_of(entry)}};
  if (as.ocsf_activity == 99) line["activity_name"] = entry.event;
  auto details = details_of(entry);
  if (const auto* reason = details.if_contains("reason"); reason != nullptr && reason->is_string()) {
    line["status_detail"] = *reason;
  }
  add_class(line, entry, as, reporter);
  add_client(line, entry, as.ocsf_class);
  line["unmapped"] = {{"details", std::move(details)}};
  return line;
}

}  // namespace secureauth::audit
