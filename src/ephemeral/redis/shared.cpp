#include "ephemeral/redis/shared.hpp"

#include "telemetry/log.hpp"

namespace secureauth::ephemeral::redis {

void Shared::note_up(const Endpoint& endpoint) {
  up_ = true;
  if (told_down_.exchange(false)) {
    telemetry::log(telemetry::Level::info, "Redis is back", {{"endpoint", to_text(endpoint)}});
  }
}

void Shared::note_down(const Endpoint& endpoint, const std::string& reason) {
  up_ = false;
  if (!told_down_.exchange(true)) {
    telemetry::log(telemetry::Level::warning, "Redis is gone", {{"endpoint", to_text(endpoint)}, {"reason", reason}});
  }
}

}  // namespace secureauth::ephemeral::redis
