#include "ephemeral/redis/shared.hpp"

#include "core/loopback.hpp"
#include "telemetry/log.hpp"

#include <algorithm>

namespace secureauth::ephemeral::redis {
namespace {

/// No server could be named yet when the sentinels are gone.
std::string name_of(const Endpoint& endpoint) {
  return endpoint.port == 0 ? "unknown" : to_text(endpoint);
}

bool is_here(const Endpoint& endpoint) {
  return is_loopback(endpoint.host);
}

}  // namespace

bool Shared::may_reach(const Endpoint& endpoint) const {
  const auto& url = options_.url;
  return url.tls || options_.allow_plaintext || is_here(endpoint) || !std::ranges::all_of(url.endpoints, is_here);
}

void Shared::note_down(const Endpoint& endpoint, const std::string& reason) {
  if (down_++ > 0) return;
  telemetry::log(telemetry::Level::warning, "Redis is gone", {{"endpoint", name_of(endpoint)}, {"reason", reason}});
}

void Shared::note_back(const Endpoint& endpoint) {
  if (--down_ > 0) return;
  telemetry::log(telemetry::Level::info, "Redis is back", {{"endpoint", name_of(endpoint)}});
}

}  // namespace secureauth::ephemeral::redis
