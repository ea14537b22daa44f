#pragma once

#include "audit/export/event_class.hpp"
#include "audit/push/http_poster.hpp"
#include "audit/push/push_settings.hpp"
#include "audit/push/sink.hpp"
#include "core/clock.hpp"

#include <string>

namespace secureauth::audit {

/// A service that is told of chosen events, one signed request each, strictly in order: no later one of anybody is
/// sent before an earlier one was accepted.
class WebhookSink final : public Sink {
 public:
  struct Way {
    std::filesystem::path ca_file;
    std::chrono::seconds timeout;
  };
  WebhookSink(const WebhookSettings& settings, const Way& way, const Clock& clock);

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] bool wants(const RecordedEntry& entry) const override { return is_chosen(events_, entry.event); }
  [[nodiscard]] PushVerdict send(std::span<const RecordedEntry> entries) override;
  void abort() override { poster_.abort(); }

 private:
  std::string name_;
  std::vector<std::string> events_;
  SigningSecrets secrets_;
  std::chrono::seconds timeout_;
  const Clock& clock_;
  HttpPoster poster_;
};

/// A collector that gets all events, many lines of JSON a signed request.
class CollectorSink final : public Sink {
 public:
  CollectorSink(const CollectorSettings& settings, const WebhookSink::Way& way, Reporter reporter, const Clock& clock);

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] bool wants(const RecordedEntry&) const override { return true; }
  [[nodiscard]] PushVerdict send(std::span<const RecordedEntry> entries) override;
  void abort() override { poster_.abort(); }

 private:
  const std::string name_ = "siem";
  Format format_;
  SigningSecrets secrets_;
  Reporter reporter_;
  const Clock& clock_;
  HttpPoster poster_;
};

/// What a webhook is told of an entry: the event, whom it concerns and when, without address and browser of anybody;
/// of its details those that are known to have none either.
[[nodiscard]] std::string webhook_body(const RecordedEntry& entry);

}  // namespace secureauth::audit
