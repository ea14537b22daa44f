#include "mail/smtp_thread.hpp"

#include "core/offload.hpp"

namespace secureauth::mail {

SmtpThread::SmtpThread(SmtpOptions options) : client_(std::move(options)), thread_([this] { run(); }) {}

SmtpThread::~SmtpThread() {
  client_.abort();
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

net::awaitable<SmtpVerdict> SmtpThread::send(std::string recipient, std::string mail) {
  auto post = [this](std::function<void()> job) {
    {
      const std::scoped_lock lock(mutex_);
      job_ = std::move(job);
    }
    wake_.notify_one();
  };
  auto work = [this, &recipient, &mail] { return client_.send(recipient, mail); };
  co_return co_await offload(post, work);
}

void SmtpThread::run() {
  while (true) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || job_; });
      if (!job_) return;
      job.swap(job_);
    }
    job();
  }
}

}  // namespace secureauth::mail
