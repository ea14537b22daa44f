#pragma once

#include "crypto/secret_bytes.hpp"
#include "mail/mime.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace secureauth::mail {

/// How the connection to the mail server is protected. `starttls` and `tls` are mandatory, with TLS 1.2 or newer and
/// with the certificate and its name checked: there is no falling back.
enum class SmtpTls { none, starttls, tls };

/// RFC 5321 §4.5.4.2, RFC 6409 §3.1, RFC 8314 §3.3.
constexpr std::uint16_t usual_port(SmtpTls tls) {
  return tls == SmtpTls::tls ? 465 : tls == SmtpTls::none ? 25 : 587;
}

/// Where mail is handed over, as whom.
struct SmtpOptions {
  std::string host;  ///< a name or an address; empty: mail is not delivered
  std::uint16_t port = 0;
  SmtpTls tls = SmtpTls::starttls;
  std::filesystem::path ca_file;  ///< PEM; empty: the system's certificates
  std::string username;           ///< empty: without AUTH
  crypto::SecretBytes password;
  Sender sender;
  std::chrono::seconds timeout{};  ///< for one mail, with everything that its delivery takes
};

}  // namespace secureauth::mail
