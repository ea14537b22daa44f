#include "http/wire.hpp"

#include <array>
#include <charconv>
#include <ctime>
#include <stdexcept>

namespace secureauth::http {
namespace {

constexpr std::string_view kSecurityHeaders =
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "X-Permitted-Cross-Domain-Policies: none\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Permissions-Policy: publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), "
    "display-capture=(), geolocation=(), microphone=(), payment=(), usb=()\r\n"
    "Cross-Origin-Embedder-Policy: require-corp\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

constexpr std::string_view kHsts = "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n";

constexpr std::string_view kDataPolicy = "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";
constexpr std::string_view kPagePolicy =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n";

std::string_view content_headers(Content content) {
  switch (content) {
    case Content::none:
      return "";
    case Content::json:
      return "Content-Type: application/json\r\n";
    case Content::json_lines:
      return "Content-Type: application/x-ndjson\r\n";
    case Content::event_stream:
      return "Content-Type: text/event-stream\r\n";
    case Content::problem:
      return "Content-Type: application/problem+json\r\n";
    case Content::html:
      return "Content-Type: text/html; charset=utf-8\r\n";
    case Content::script:
      return "Content-Type: text/javascript; charset=utf-8\r\n";
    case Content::style:
      return "Content-Type: text/css; charset=utf-8\r\n";
    case Content::icon:
      return "Content-Type: image/svg+xml\r\n";
    case Content::metrics:
      return "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n";
    case Content::png:
      return "Content-Type: image/png\r\n";
  }
  return "";
}

std::string_view status_line(unsigned status) {
  switch (status) {
    case 200:
      return "HTTP/1.1 200 OK\r\n";
    case 204:
      return "HTTP/1.1 204 No Content\r\n";
    case 302:
      return "HTTP/1.1 302 Found\r\n";
    case 303:
      return "HTTP/1.1 303 See Other\r\n";
    case 304:
      return "HTTP/1.1 304 Not Modified\r\n";
    case 400:
      return "HTTP/1.1 400 Bad Request\r\n";
    case 401:
      return "HTTP/1.1 401 Unauthorized\r\n";
    case 403:
      return "HTTP/1.1 403 Forbidden\r\n";
    case 404:
      return "HTTP/1.1 404 Not Found\r\n";
    case 405:
      return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 408:
      return "HTTP/1.1 408 Request Timeout\r\n";
    case 409:
      return "HTTP/1.1 409 Conflict\r\n";
    case 413:
      return "HTTP/1.1 413 Content Too Large\r\n";
    case 415:
      return "HTTP/1.1 415 Unsupported Media Type\r\n";
    case 422:
      return "HTTP/1.1 422 Unprocessable Content\r\n";
    case 429:
      return "HTTP/1.1 429 Too Many Requests\r\n";
    case 431:
      return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 500:
      return "HTTP/1.1 500 Internal Server Error\r\n";
    case 503:
      return "HTTP/1.1 503 Service Unavailable\r\n";
    default:
      throw std::logic_error("no status line for " + std::to_string(status));
  }
}

constexpr bool may_have_body(unsigned status) {  // RFC 9110 §6.4.1
  return status != 204 && status != 304;
}

/// The Date field (RFC 9110 §6.6.1), formatted once a second and thread.
std::string_view date_header() {
  thread_local std::time_t formatted = 0;
  thread_local std::array<char, 64> text{};
  thread_local std::size_t size = 0;
  if (const auto now = std::time(nullptr); now != formatted) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    size = std::strftime(text.data(), text.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    formatted = now;
  }
  return {text.data(), size};
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

Wire::Wire(bool https) : common_(kSecurityHeaders) {
  if (https) common_ += kHsts;
}

void Wire::append(std::string& out, const Response& response, std::string_view request_id, Framing framing) const {
  out += status_line(response.status);
  out += date_header();
  out += "X-Request-Id: ";
  out += request_id;
  out += "\r\n";
  out += content_headers(response.content);
  out += response.content == Content::html ? kPagePolicy : kDataPolicy;
  out += common_;
  out += "Cache-Control: ";
  out += response.cache_control;
  out += "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (value.find_first_of("\r\n") != std::string::npos) throw std::logic_error("line break in a header value");
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  if (response.stream) {
    if (framing.chunked) out += "Transfer-Encoding: chunked\r\n";
  } else if (may_have_body(response.status)) {
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  if (!framing.keep_alive) out += "Connection: close\r\n";
  out += "\r\n";
  if (!framing.head_only) out += response.body;
}

void Wire::append_piece(std::string& out, std::string_view piece, bool chunked) {
  if (!chunked) {
    out += piece;
    return;
  }
  std::array<char, 2 * sizeof(std::size_t)> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
  out.append(digits.data(), end);
  out += "\r\n";
  out += piece;
  out += "\r\n";
}

}  // namespace secureauth::http
