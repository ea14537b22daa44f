#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace secureauth::process {

/// Tells a service manager that this process is alive, for as long as all of it is: a thread that hangs silences it.
/// What a store or a peer answers does not matter, only that whoever asks it comes back.
/// Source: sd_watchdog_enabled(3), sd_notify(3) `WATCHDOG=1`.
class Watchdog {
 public:
  using Answer = std::function<void()>;  ///< from any thread, at once or later, once or again
  struct Part {
    std::string name;
    std::function<void(Answer)> ask;  ///< again at each look until it has answered
  };

  /// `beat` is called from the watching thread. The parts must outlive it.
  Watchdog(std::vector<Part> parts, std::function<void()> beat);
  ~Watchdog() { stop(); }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Beats when every part has answered since the last beat, and asks anew. Else returns whom it waits for.
  std::vector<std::string> look();

  /// Looks again and again, on a thread of its own, so often that nothing is amiss while each part answers within a
  /// third of `limit`. Who keeps it waiting is logged.
  void start(std::chrono::microseconds limit);
  void stop();  ///< idempotent

 private:
  struct Asked {
    Part part;
    std::shared_ptr<std::atomic<bool>> answered;
  };
  void watch(std::chrono::microseconds every);

  std::vector<Asked> parts_;
  std::function<void()> beat_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace secureauth::process
