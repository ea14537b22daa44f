#include "http/request.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

void Request::reset() {
  method = Method::other;
  method_name = path = query = {};
  headers.clear();
  path_parameters.clear();
  if (!json.is_null()) json = nullptr;
  client.ip.clear();
  client.user_agent.clear();
  client.request_id.clear();
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
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
    if (!equal_ignoring_case(key, "cookie")) continue;
    auto rest = value;
    while (!rest.empty()) {
      const auto end = rest.find(';');
      const auto pair = trimmed(rest.substr(0, end));
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
