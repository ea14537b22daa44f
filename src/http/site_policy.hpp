#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace secureauth::http {

/// Which hosts the service answers for and which origins may speak to it. Built once; thread-safe.
class SitePolicy {
 public:
  struct Options {
    std::string own_origin;                     ///< PUBLIC_URL as an origin
    std::vector<std::string> frontend_origins;  ///< FRONTEND_ORIGIN, exact
    std::vector<std::string> hosts;             ///< host names (no port) that a Host header may carry
    bool any_host = false;                      ///< whatever a request says that it is for
  };
  explicit SitePolicy(Options options);

  /// Against DNS rebinding: the Host header, `authority`, must name this site. Ports are not compared: a proxy may map
  /// them.
  [[nodiscard]] bool host_is_ours(std::string_view authority) const;

  /// Whether an unsafe request may come from where the browser says it comes from: Origin must be this site or a
  /// front end; without Origin, Sec-Fetch-Site must not be foreign. A client that sends neither passes: it is no
  /// browser, so nobody's cookies ride along. Source: OWASP CSRF Prevention, "Verifying Origin"; Fetch Metadata.
  [[nodiscard]] bool origin_is_allowed(const Request& request) const;

  /// Adds the CORS fields (Fetch §3.2) when the request comes from a listed front end; echoes nothing else.
  void add_cors(const Request& request, Response& response) const;

  /// The answer to OPTIONS: Allow, and for a preflight from a front end what it may send.
  [[nodiscard]] Response options(std::string_view allow) const;

 private:
  [[nodiscard]] const std::string* front_end(const Request& request) const;
  Options options_;
};

}  // namespace secureauth::http
