#include "ephemeral/redis/shared.hpp"

#include "telemetry/log.hpp"

namespace secureauth::ephemeral::redis {
namespace {

/// No server could be named yet when the sentinels are gone.
std::string name_of(const Endpoint& endpoint) {
  return endpoint.port == 0 ? "unknown" : to_text(endpoint);
}

}  // namespace

void Shared::note_down(const Endpoint& endpoint, const std::string& reason) {
  if (down_++ > 0) return;
  telemetry::log(telemetry::Level::warning, "Redis is gone", {{"endpoint", name_of(endpoint)}, {"reason", reason}});
}

void Shared::note_back(const Endpoint& endpoint) {
  if (--down_ > 0) return;
  telemetry::log(telemetry::Level::info, "Redis is back", {{"endpoint", name_of(endpoint)}});
}

}  // namespace secureauth::ephemeral::redis
