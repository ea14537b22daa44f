#pragma once

#include "audit/export/formats.hpp"
#include "crypto/secret_bytes.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace secureauth::audit {

/// A receiver of syslog: RFC 5425 over TLS, RFC 6587 §3.4.1 over plain TCP.
struct SyslogSettings {
  std::string host;  ///< a name or an address; empty: none
  std::uint16_t port = 0;
  bool tls = false;
  Format format = Format::syslog;          ///< or cef, as the message of an RFC 5424 line
  std::filesystem::path ca_file;           ///< PEM; empty: the system's certificates
  std::filesystem::path certificate_file;  ///< PEM, the service's own; empty: none is shown
  std::filesystem::path key_file;
};

/// Secrets that requests are signed with, each by its own signature: while one is replaced the receiver may know
/// either.
using SigningSecrets = std::vector<crypto::SecretBytes>;

/// A collector of all events over HTTP, many a request.
struct CollectorSettings {
  std::string url;  ///< empty: none
  SigningSecrets secrets;
  Format format = Format::jsonl;
};

/// A service that is told of chosen events, one a request.
struct WebhookSettings {
  std::string name;
  std::string url;
  std::vector<std::string> events;  ///< names, `PREFIX.*`, or `*`
  SigningSecrets secrets;
};

struct PushSettings {
  SyslogSettings syslog;
  CollectorSettings collector;
  std::vector<WebhookSettings> webhooks;
  std::filesystem::path webhook_ca_file;  ///< of collector and webhooks; PEM; empty: the system's certificates
  std::chrono::seconds timeout{};         ///< for one request or one connection, with all it takes
  std::chrono::seconds first_retry{};     ///< the pause after a first failure; doubled after each further one
  bool from_start = false;                ///< a new receiver gets the whole log, not only what comes
};

}  // namespace secureauth::audit
