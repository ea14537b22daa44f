#include "mail/smtp_thread.hpp"

namespace secureauth::mail {

net::awaitable<SmtpVerdict> SmtpThread::send(std::string recipient, std::string mail) {
  auto work = [this, &recipient, &mail] { return client_.send(recipient, mail); };
  co_return co_await thread_.run_there(work);
}

}  // namespace secureauth::mail
