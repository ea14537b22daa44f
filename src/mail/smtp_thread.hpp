#pragma once

#include "core/net.hpp"
#include "mail/smtp_client.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace secureauth::mail {

/// The one thread that blocks on the mail server, so that no io thread does. One mail at a time.
class SmtpThread {
 public:
  explicit SmtpThread(SmtpOptions options);
  ~SmtpThread();
  SmtpThread(const SmtpThread&) = delete;
  SmtpThread& operator=(const SmtpThread&) = delete;

  /// Delivers on the thread and resumes on the caller's executor.
  net::awaitable<SmtpVerdict> send(std::string recipient, std::string mail);

  /// From any thread: what is under way ends within about a second as `untouched`, and so does what comes later.
  void abort() { client_.abort(); }

 private:
  void run();

  SmtpClient client_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::function<void()> job_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace secureauth::mail
