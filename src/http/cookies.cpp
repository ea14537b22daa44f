#include "http/cookies.hpp"

namespace secureauth::http {

std::string CookieJar::set(std::string_view name, std::string_view value, Readable readable) const {
  std::string cookie;
  cookie.reserve(128);
  cookie.append(name).append("=").append(value).append("; Path=/; SameSite=Strict");
  if (secure_) cookie += "; Secure";
  if (readable == Readable::by_server_only) cookie += "; HttpOnly";
  return cookie;
}

std::string CookieJar::keep(std::string_view name, std::string_view value, std::chrono::seconds life) const {
  return set(name, value, Readable::by_server_only) + "; Max-Age=" + std::to_string(life.count());
}

std::string CookieJar::expire(std::string_view name, Readable readable) const {
  return set(name, "", readable) + "; Max-Age=0";
}

}  // namespace secureauth::http
