#pragma once

#include "core/net.hpp"
#include "core/offload.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace secureauth::outgoing {

/// A thread that blocks on a peer, so that no io thread does. One job at a time: who gives it one waits for its end
/// before giving another.
class JobThread {
 public:
  JobThread() : thread_([this] { run(); }) {}
  /// Waits for the job under way: whoever owns what it works with ends that first.
  ~JobThread();
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  /// Runs `work()` on the thread and resumes on the caller's executor with what it returned or threw. `work` must
  /// outlive the call.
  template <class Work>
  net::awaitable<std::invoke_result_t<Work&>> run_there(Work work) {
    auto post = [this](std::function<void()> job) { take(std::move(job)); };
    co_return co_await offload(post, std::move(work));
  }

 private:
  void take(std::function<void()> job);
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::function<void()> job_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace secureauth::outgoing
