#pragma once

#include "audit/push/sink.hpp"
#include "audit/push/syslog_connection.hpp"

#include <string>

namespace secureauth::audit {

/// Every event to a receiver of syslog, a connection a batch: a batch is received as a whole or comes again.
class SyslogSink final : public Sink {
 public:
  SyslogSink(const SyslogSettings& settings, std::chrono::seconds timeout, Reporter reporter)
      : connection_(settings, timeout), format_(settings.format), reporter_(std::move(reporter)) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] bool wants(const RecordedEntry&) const override { return true; }
  [[nodiscard]] PushVerdict send(std::span<const RecordedEntry> entries) override;
  void abort() override { connection_.abort(); }

 private:
  const std::string name_ = "syslog";
  SyslogConnection connection_;
  Format format_;
  Reporter reporter_;
};

/// The line with its length before it: octet counting (RFC 6587 §3.4.1, RFC 5425 §4.3).
[[nodiscard]] std::string counted(const std::string& line);

}  // namespace secureauth::audit
