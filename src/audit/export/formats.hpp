#pragma once

#include "audit/recorded_entry.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace secureauth::audit {

/// How an entry is written for those who collect events; docs/audit.md shows one of each. Every format writes one line
/// in which no control and no invisible character stands, whatever a client sent.
enum class Format {
  jsonl,   ///< the service's own names
  ecs,     ///< Elastic Common Schema 8
  ocsf,    ///< Open Cybersecurity Schema Framework 1.3
  cef,     ///< ArcSight's Common Event Format 0
  syslog,  ///< RFC 5424
};

[[nodiscard]] std::optional<Format> format_from(std::string_view name);
[[nodiscard]] std::string_view name_of(Format format);

/// Who reports: the host of PUBLIC_URL, alike on every instance.
struct Reporter {
  std::string host;
};

/// One line, without a line break.
[[nodiscard]] std::string format_entry(Format format, const RecordedEntry& entry, const Reporter& reporter);

[[nodiscard]] boost::json::object as_jsonl(const RecordedEntry& entry);
[[nodiscard]] boost::json::object as_ecs(const RecordedEntry& entry, const Reporter& reporter);
[[nodiscard]] boost::json::object as_ocsf(const RecordedEntry& entry, const Reporter& reporter);
[[nodiscard]] std::string as_cef(const RecordedEntry& entry, const Reporter& reporter);
/// `message` stands behind the header in the place of a short text with structured data, such as a line of CEF.
[[nodiscard]] std::string as_syslog(const RecordedEntry& entry, const Reporter& reporter,
                                    const std::optional<std::string>& message = std::nullopt);

}  // namespace secureauth::audit
