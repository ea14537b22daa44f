#include "http/complaints.hpp"

#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <utility>

namespace secureauth::http {
namespace {

struct Words {
  std::string_view what;
  std::string_view why;
};

/// In the order of Complaint.
constexpr std::array<Words, 6> kWords{{
    {"accept failed", "the system refused"},
    {"connection failed", "it could not be begun"},
    {"connection refused", "PROXY_PROTOCOL=required, and the peer is none of TRUSTED_PROXIES"},
    {"PROXY header refused", "it is none"},
    {"connection turned away", "the client has HTTP_MAX_CONNECTIONS_PER_ADDRESS open"},
    {"connection turned away", "HTTP_MAX_CONNECTIONS are open"},
}};

constexpr std::array<std::string_view, 6> kLabels{"accept_failed", "connection_failed",   "no_proxy",
                                                  "proxy_header",  "client_has_too_many", "full"};

}  // namespace

void Complaints::log(Complaint what, std::string_view cause) {
  telemetry::metrics().turned_away.add(kLabels.at(static_cast<std::size_t>(what)));
  const auto left_out = admit(what, std::chrono::steady_clock::now());
  if (!left_out) return;
  const auto& words = kWords.at(static_cast<std::size_t>(what));
  telemetry::log(telemetry::Level::warning, words.what,
                 {{"why", words.why}, {"cause", cause}, {"left_out", *left_out}});
}

std::optional<std::uint64_t> Complaints::admit(Complaint what, std::chrono::steady_clock::time_point now) {
  const std::lock_guard lock(mutex_);
  auto& kind = kinds_.at(static_cast<std::size_t>(what));
  if (kind.quiet_until && now < *kind.quiet_until) {
    ++kind.left_out;
    return std::nullopt;
  }
  kind.quiet_until = now + kQuiet;
  return std::exchange(kind.left_out, 0);
}

}  // namespace secureauth::http
