#include "http/request.hpp"

#include "core/ascii.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::http {

void Request::reset() {
  method = Method::other;
  method_name = path = query = edge_pattern = {};
  headers.clear();
  path_parameters.clear();
  if (!json.is_null()) json = nullptr;
  client.ip.clear();
  client.user_agent.clear();
  client.request_id.clear();
  from_trusted_proxy = false;
  rate.reset();
  caller.reset();
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (ascii::equal_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Request::only_header(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& [key, value] : headers) {
    if (!ascii::equal_ignoring_case(key, name)) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return found;
}

std::string_view Request::path_parameter(std::string_view name) const {
  for (const auto& [key, value] : path_parameters) {
    if (key == name) return value;
  }
  throw std::logic_error("no such path parameter");
}

Result<std::optional<std::string_view>> Request::cookie(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& [key, value] : headers) {  // HTTP/1.1 clients send one Cookie line, but several may arrive
    if (!ascii::equal_ignoring_case(key, "cookie")) continue;
    auto rest = value;
    while (!rest.empty()) {
      const auto end = rest.find(';');
      const auto pair = ascii::trimmed(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
      if (found) return Error(ErrorCode::invalid_request, "A cookie was sent twice.");
      found = pair.substr(equals + 1);
    }
  }
  return found;
}

}  // namespace secureauth::http
