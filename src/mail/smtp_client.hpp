#pragma once

#include "mail/smtp_options.hpp"
#include "mail/smtp_verdict.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace secureauth::mail {

/// Hands mails to one server, over one connection as long as the server keeps it. Blocks: for a thread of its own; not
/// thread-safe but for abort(). libcurl, limited to SMTP: no proxy, no .netrc, no signals, no redirect.
class SmtpClient {
 public:
  /// Construct the first one on the main thread before others start: it initialises libcurl. Connects to nothing yet.
  /// Throws std::runtime_error where the file of authorities cannot be used.
  explicit SmtpClient(SmtpOptions options);
  ~SmtpClient();
  SmtpClient(const SmtpClient&) = delete;
  SmtpClient& operator=(const SmtpClient&) = delete;

  /// Delivers what compose() made to one recipient, within the timeout.
  [[nodiscard]] SmtpVerdict send(const std::string& recipient, const std::string& mail);

  /// From any thread: the transfer under way ends within about a second, later ones at once.
  void abort() { aborted_ = true; }

 private:
  struct Transfer;
  class Handle;

  [[nodiscard]] SmtpVerdict perform(Transfer& transfer);
  /// Asks the server, when the recipient's address needs to know it, whether it takes UTF-8 in addresses.
  [[nodiscard]] SmtpVerdict greet(Transfer& transfer);

  SmtpOptions options_;
  std::atomic<bool> aborted_ = false;
  bool smtputf8_ = false;  ///< offered in the connection's last EHLO
  std::unique_ptr<Handle> handle_;
};

}  // namespace secureauth::mail
