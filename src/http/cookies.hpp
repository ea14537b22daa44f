#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace secureauth::http {

/// How this service sets cookies: Path=/, SameSite=Strict, no Domain, no lifetime (they end with the browser) unless
/// kept, Secure unless development switched that off. Source: RFC 6265bis §4.1; OWASP ASVS 5.0 3.3.
class CookieJar {
 public:
  struct Names {
    std::string session;      ///< `__Host-sid`
    std::string csrf;         ///< `csrf_token`
    std::string pre_session;  ///< `__Host-pre`
    std::string device;       ///< `__Host-device`
    std::string trusted;      ///< `__Host-trusted`
  };
  CookieJar(Names names, bool secure) : names_(std::move(names)), secure_(secure) {}

  [[nodiscard]] const Names& names() const { return names_; }

  enum class Readable { by_server_only, by_page };
  /// The value of a Set-Cookie header.
  [[nodiscard]] std::string set(std::string_view name, std::string_view value, Readable readable) const;
  /// The same for one that outlives the browser's session, for the server only.
  [[nodiscard]] std::string keep(std::string_view name, std::string_view value, std::chrono::seconds life) const;
  /// The value of a Set-Cookie header that removes the cookie.
  [[nodiscard]] std::string expire(std::string_view name, Readable readable) const;

 private:
  Names names_;
  bool secure_;
};

}  // namespace secureauth::http
