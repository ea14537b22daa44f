#pragma once

#include "core/net.hpp"
#include "mail/smtp_client.hpp"
#include "outgoing/job_thread.hpp"

#include <string>

namespace secureauth::mail {

/// The one thread that blocks on the mail server, so that no io thread does. One mail at a time.
class SmtpThread {
 public:
  explicit SmtpThread(SmtpOptions options) : client_(std::move(options)) {}
  ~SmtpThread() { client_.abort(); }
  SmtpThread(const SmtpThread&) = delete;
  SmtpThread& operator=(const SmtpThread&) = delete;

  /// Delivers on the thread and resumes on the caller's executor.
  net::awaitable<SmtpVerdict> send(std::string recipient, std::string mail);

  /// From any thread: what is under way ends within about a second as `untouched`, and so does what comes later.
  void abort() { client_.abort(); }

 private:
  SmtpClient client_;
  outgoing::JobThread thread_;  // last: its job uses the client
};

}  // namespace secureauth::mail
