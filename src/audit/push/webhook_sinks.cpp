#include "audit/push/webhook_sinks.hpp"

#include "audit/export/visible.hpp"
#include "audit/push/signed_headers.hpp"

namespace secureauth::audit {
namespace {

namespace json = boost::json;

SigningSecrets copy_of(const SigningSecrets& secrets) {
  SigningSecrets copies;
  for (const auto& secret : secrets) copies.push_back(secret.clone());
  return copies;
}

json::value or_null(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

// Of the details that events have (docs/audit.md), those that say nothing of where somebody was and which address was
// typed. `network` and `address` are not told, nor what comes until somebody has thought about it.
constexpr std::string_view kTold =
    " aal accounts_failed accounts_succeeded by_actor by_email_prefix by_ip by_request_id by_session count detail"
    " direction entries entry event events everybody everything first_at format former from in_a_row"
    " keeps_password key_id kind known_browser last_at mail method migrations next_entry outcome passkey peer"
    " permission purpose reason reasons recovery_codes remaining resealed role route seen_entries sha256 since sink "
    "status step"
    " step_name to trusted_browser unreadable until version what ";

bool is_told(std::string_view name) {
  return kTold.find(' ' + std::string(name) + ' ') != std::string_view::npos;
}

json::object told_of(const RecordedEntry& entry) {
  json::object told;
  for (const auto& [name, value] : details_of(entry)) {
    if (is_told(name)) told.emplace(name, value);
  }
  return told;
}

PushVerdict verdict_of(std::size_t accepted, HttpPoster::Answer answer) {
  return {.accepted = accepted,
          .failure = std::move(answer.failure),
          .retry_after = answer.retry_after,
          .untrusted = answer.untrusted,
          .stopped = answer.stopped};
}

std::vector<std::string> headers_of(const SigningSecrets& secrets, std::string_view id, const Clock& clock,
                                    const std::string& body, std::string_view type) {
  auto headers = signed_headers(secrets, id, clock.now(), body);
  headers.push_back("Content-Type: " + std::string(type));
  return headers;
}

}  // namespace

std::string webhook_body(const RecordedEntry& entry) {
  json::object data{{"id", entry.id},
                    {"outcome", entry.succeeded() ? "success" : "failure"},
                    {"actor_id", or_null(entry.actor)},
                    {"subject_id", or_null(entry.subject)},
                    {"details", told_of(entry)}};
  if (entry.number) data["entry"] = *entry.number;
  return visible_json({{"type", entry.event}, {"timestamp", entry.at}, {"data", std::move(data)}});
}

WebhookSink::WebhookSink(const WebhookSettings& settings, const Way& way, const Clock& clock)
    : name_("webhook:" + settings.name),
      events_(settings.events),
      secrets_(copy_of(settings.secrets)),
      timeout_(way.timeout),
      clock_(clock),
      poster_(settings.url, way.ca_file, way.timeout) {}

PushVerdict WebhookSink::send(std::span<const RecordedEntry> entries) {
  const auto begin_before = std::chrono::steady_clock::now() + timeout_;
  std::size_t accepted = 0;
  for (const auto& entry : entries) {
    if (accepted > 0 && std::chrono::steady_clock::now() >= begin_before) break;
    const auto body = webhook_body(entry);
    auto answer = poster_.post(body, headers_of(secrets_, entry.id, clock_, body, "application/json"));
    if (!answer.failure.empty()) return verdict_of(accepted, std::move(answer));
    ++accepted;
  }
  return {.accepted = accepted, .failure = ""};
}

CollectorSink::CollectorSink(const CollectorSettings& settings, const WebhookSink::Way& way, Reporter reporter,
                             const Clock& clock)
    : format_(settings.format),
      secrets_(copy_of(settings.secrets)),
      reporter_(std::move(reporter)),
      clock_(clock),
      poster_(settings.url, way.ca_file, way.timeout) {}

PushVerdict CollectorSink::send(std::span<const RecordedEntry> entries) {
  std::string body;
  for (const auto& entry : entries) body += format_entry(format_, entry, reporter_) + '\n';
  const auto number = [](const RecordedEntry& entry) { return std::to_string(entry.number.value_or(0)); };
  const auto id = "entries-" + number(entries.front()) + '-' + number(entries.back());
  auto answer = poster_.post(body, headers_of(secrets_, id, clock_, body, "application/x-ndjson"));
  const auto accepted = answer.failure.empty() ? entries.size() : 0;
  return verdict_of(accepted, std::move(answer));
}

}  // namespace secureauth::audit
