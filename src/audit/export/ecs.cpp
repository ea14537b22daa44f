#include "audit/export/event_class.hpp"
#include "audit/export/formats.hpp"

namespace secureauth::audit {
namespace {

namespace json = boost::json;

json::object event_of(const RecordedEntry& entry, const EventClass& as) {
  json::object event{{"id", entry.id},
                     {"kind", "event"},
                     {"action", entry.event},
                     {"category", json::array{as.ecs_category}},
                     {"type", json::array{as.ecs_type}},
                     {"outcome", entry.succeeded() ? "success" : "failure"},
                     {"severity", static_cast<int>(severity_of(as, entry.succeeded()))},
                     {"module", "secureauth"},
                     {"dataset", "secureauth.audit"}};
  if (entry.number) event["sequence"] = *entry.number;
  const auto details = details_of(entry);
  if (const auto* reason = details.if_contains("reason"); reason != nullptr && reason->is_string()) {
    event["reason"] = *reason;
  }
  return event;
}

/// `user` acts, `user.target` is acted upon. At a sign-in nobody is known to act yet: the account tried is the user.
json::object user_of(const RecordedEntry& entry, const EventClass& as) {
  json::object user;
  const bool signs_in = as.ecs_category == "authentication";
  if (entry.actor) {
    user["id"] = *entry.actor;
  } else if (signs_in && entry.subject) {
    user["id"] = *entry.subject;
  }
  if (entry.subject && (entry.actor || !signs_in)) user["target"] = {{"id", *entry.subject}};
  return user;
}

json::object related_to(const RecordedEntry& entry) {
  json::object related;
  json::array users;
  if (entry.actor) users.emplace_back(*entry.actor);
  if (entry.subject && entry.subject != entry.actor) users.emplace_back(*entry.subject);
  if (!users.empty()) related["user"] = std::move(users);
  if (!entry.ip.empty()) related["ip"] = json::array{entry.ip};
  return related;
}

}  // namespace

json::object as_ecs(const RecordedEntry& entry, const Reporter& reporter) {
  const auto& as = class_of(entry.event);
  json::object line{{"@timestamp", entry.at},
                    {"ecs", {{"version", "8.11.0"}}},
                    {"message", as.title},
                    {"event", event_of(entry, as)},
                    {"service", {{"type", "secureauth"}, {"address", reporter.host}}}};
  if (auto user = user_of(entry, as); !user.empty()) line["user"] = std::move(user);
  if (!entry.ip.empty()) line["source"] = {{"ip", entry.ip}, {"address", entry.ip}};
  if (!entry.user_agent.empty()) line["user_agent"] = {{"original", entry.user_agent}};
  if (!entry.request_id.empty()) line["http"] = {{"request", {{"id", entry.request_id}}}};
  if (auto related = related_to(entry); !related.empty()) line["related"] = std::move(related);
  json::object own{{"details", details_of(entry)}};
  if (entry.session) own["session_id"] = *entry.session;
  line["secureauth"] = {{"audit", std::move(own)}};
  return line;
}

}  // namespace secureauth::audit
