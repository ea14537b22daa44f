#include "app/exempt_paths.hpp"

#include <set>
#include <stdexcept>

namespace secureauth::app {

void check_exempt_paths(http::Router& router, const std::vector<std::string>& exempt) {
  std::set<std::string> safe;
  router.each([&safe](const http::Route& route) {
    if (http::is_safe(route.method)) safe.insert(std::string(route.pattern));
  });
  for (const auto& path : exempt) {
    if (!safe.contains(path)) throw std::invalid_argument("RATE_LIMIT_EXEMPT: there is no GET " + path);
  }
}

}  // namespace secureauth::app
