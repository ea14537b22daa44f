#include "outgoing/job_thread.hpp"

namespace secureauth::outgoing {

JobThread::~JobThread() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void JobThread::take(std::function<void()> job) {
  {
    const std::scoped_lock lock(mutex_);
    job_ = std::move(job);
  }
  wake_.notify_one();
}

void JobThread::run() {
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

}  // namespace secureauth::outgoing
