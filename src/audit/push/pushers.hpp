#pragma once

#include "audit/push/pusher.hpp"

#include <memory>
#include <string>
#include <vector>

namespace secureauth::audit {

/// A pusher for each receiver of the settings.
class Pushers {
 public:
  /// Construct on the main thread before others start. Throws std::runtime_error with one clear line where a file of
  /// the settings cannot be used.
  Pushers(net::io_context& context, const Pusher::Parts& parts, const PushSettings& settings, const Reporter& reporter);

  void start();
  /// From any thread but the io thread: returns when every one has given its lease back, or after a few seconds.
  void stop();

 private:
  std::vector<std::unique_ptr<Pusher>> pushers_;
};

/// The names of the receivers, as `audit_deliveries` has them.
[[nodiscard]] std::vector<std::string> sink_names(const PushSettings& settings);

/// Throws std::runtime_error with one clear line where a file that the settings name cannot be used.
void check_push_files(const PushSettings& settings);

}  // namespace secureauth::audit
