#include "forward_auth/destination.hpp"

#include "core/ascii.hpp"

namespace secureauth::forward_auth {

std::optional<std::string> destination_of(const Forwarded& forwarded) {
  const auto& [proto, host, uri, url] = forwarded;
  if (uri.empty()) return url.empty() ? std::nullopt : std::optional<std::string>(url);
  if (!uri.starts_with('/')) return std::nullopt;
  if (proto.empty() || host.empty()) return std::string(uri);
  return std::string(proto).append("://").append(host).append(uri);
}

bool loads_page(std::string_view method, std::string_view accept, std::string_view fetch_mode) {
  if (method != "GET" && method != "HEAD") return false;
  if (!fetch_mode.empty() && fetch_mode != "navigate") return false;
  return ascii::lower(accept).find("text/html") != std::string::npos;
}

}  // namespace secureauth::forward_auth
