#include "audit/push/syslog_sink.hpp"

namespace secureauth::audit {

std::string counted(const std::string& line) {
  return std::to_string(line.size()) + ' ' + line;
}

PushVerdict SyslogSink::send(std::span<const RecordedEntry> entries) {
  std::string text;
  for (const auto& entry : entries) {
    const auto line =
        format_ == Format::cef ? as_syslog(entry, reporter_, as_cef(entry, reporter_)) : as_syslog(entry, reporter_);
    text += counted(line);
  }
  auto outcome = connection_.deliver(text);
  PushVerdict verdict{.accepted = outcome.failure.empty() ? entries.size() : 0, .failure = std::move(outcome.failure)};
  verdict.untrusted = outcome.untrusted;
  verdict.stopped = outcome.stopped;
  return verdict;
}

}  // namespace secureauth::audit
