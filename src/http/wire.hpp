#pragma once

#include "http/response.hpp"

#include <string>
#include <string_view>

namespace secureauth::http {

/// Composes answers into bytes: status line, Date, request id, the security headers that every answer carries (OWASP
/// HTTP Headers Cheat Sheet; ASVS 3.4), the answer's own headers, body. One write() then sends it all.
class Wire {
 public:
  /// `https`: PUBLIC_URL is https, so answers carry Strict-Transport-Security.
  explicit Wire(bool https);

  struct Framing {
    bool keep_alive = true;
    bool head_only = false;  ///< the answer to HEAD: same headers, no body
    bool chunked = false;    ///< a streamed body goes in chunks; else the end of the connection ends it
  };

  /// Appends the answer to `out`. A line break in a header value throws std::logic_error: it would be a bug here, and
  /// must never become a second header there.
  void append(std::string& out, const Response& response, std::string_view request_id, Framing framing) const;

  /// Appends a piece of a streamed body; an empty one ends it.
  static void append_piece(std::string& out, std::string_view piece, bool chunked);

 private:
  std::string common_;
};

}  // namespace secureauth::http
