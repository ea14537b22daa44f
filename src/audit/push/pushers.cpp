#include "audit/push/pushers.hpp"

#include "audit/push/syslog_sink.hpp"
#include "audit/push/webhook_sinks.hpp"

namespace secureauth::audit {
namespace {

constexpr auto kStopWithin = std::chrono::seconds(5);

std::vector<std::unique_ptr<Sink>> sinks_of(const PushSettings& settings, const Reporter& reporter,
                                            const Clock& clock) {
  outgoing::check_ca_file("WEBHOOK_CA_FILE", settings.webhook_ca_file);
  std::vector<std::unique_ptr<Sink>> sinks;
  const WebhookSink::Way way{.ca_file = settings.webhook_ca_file, .timeout = settings.timeout};
  if (!settings.syslog.host.empty()) {
    sinks.push_back(std::make_unique<SyslogSink>(settings.syslog, settings.timeout, reporter));
  }
  if (!settings.collector.url.empty()) {
    sinks.push_back(std::make_unique<CollectorSink>(settings.collector, way, reporter, clock));
  }
  for (const auto& hook : settings.webhooks) sinks.push_back(std::make_unique<WebhookSink>(hook, way, clock));
  return sinks;
}

}  // namespace

Pushers::Pushers(net::io_context& context, const Pusher::Parts& parts, const PushSettings& settings,
                 const Reporter& reporter) {
  for (auto& sink : sinks_of(settings, reporter, parts.clock)) {
    pushers_.push_back(std::make_unique<Pusher>(context, parts, std::move(sink), settings));
  }
}

void Pushers::start() {
  for (const auto& pusher : pushers_) pusher->start();
}

void Pushers::stop() {
  const auto deadline = std::chrono::steady_clock::now() + kStopWithin;
  for (const auto& pusher : pushers_) pusher->stop();
  for (const auto& pusher : pushers_) pusher->wait_for_end(deadline);
}

std::vector<std::string> sink_names(const PushSettings& settings) {
  std::vector<std::string> names;
  if (!settings.syslog.host.empty()) names.emplace_back("syslog");
  if (!settings.collector.url.empty()) names.emplace_back("siem");
  for (const auto& hook : settings.webhooks) names.push_back("webhook:" + hook.name);
  return names;
}

void check_push_files(const PushSettings& settings) {
  const SystemClock clock;
  [[maybe_unused]] const auto sinks = sinks_of(settings, {.host = ""}, clock);
}

}  // namespace secureauth::audit
