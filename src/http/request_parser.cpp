#include "http/request_parser.hpp"

#include "core/ascii.hpp"

#include <algorithm>
#include <array>

namespace secureauth::http {
namespace {

namespace beast_http = boost::beast::http;

std::string_view std_view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

Method to_method(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get:
      return Method::get;
    case beast_http::verb::head:
      return Method::head;
    case beast_http::verb::post:
      return Method::post;
    case beast_http::verb::put:
      return Method::put;
    case beast_http::verb::patch:
      return Method::patch;
    case beast_http::verb::delete_:
      return Method::del;
    case beast_http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

// Sent twice, each of these would let two readers of one request see different things (ASVS 15.3.7).
constexpr std::array kSingletons = {
    std::string_view("host"),         std::string_view("content-length"), std::string_view("transfer-encoding"),
    std::string_view("content-type"), std::string_view("origin"),         std::string_view("content-encoding"),
    std::string_view("x-csrf-token"), std::string_view("sec-fetch-site"), std::string_view("expect"),
    std::string_view("user-agent")};

}  // namespace

RequestParser::RequestParser(Request& request, std::string& body, ParserLimits limits)
    : request_(request), body_(body), limits_(limits) {
  header_limit(static_cast<std::uint32_t>(limits.head));
  body_limit(boost::none);  // a declared length over the limit is no fault of form: the router may answer first
}

std::optional<Error> RequestParser::read_head(std::string_view head) {
  error_code ec;
  put(boost::asio::const_buffer(head.data(), head.size()), ec);
  body_limit(limits_.body);
  if (ec || !is_header_done()) return Error(ErrorCode::invalid_request, "The request's head is malformed.");
  if (auto bad = check_fields()) return bad;
  return check_target();
}

std::optional<Error> RequestParser::check_fields() const {
  for (const auto name : kSingletons) {
    const auto count = std::ranges::count_if(
        request_.headers, [name](const auto& h) { return ascii::equal_ignoring_case(h.first, name); });
    if (count > 1) return Error(ErrorCode::invalid_request, "A header that may occur once was sent twice.");
  }
  if (const auto length = request_.header("content-length")) {
    // RFC 9112 §6.3 lets a recipient collapse `5, 5`; the one behind us may not, so it is refused.
    const bool digits = std::ranges::all_of(ascii::trimmed(*length), ascii::is_digit);
    if (!digits) return Error(ErrorCode::invalid_request, "The Content-Length is malformed.");
  }
  if (const auto expect = request_.header("expect"); expect && version_ == 11 && !wants_continue()) {
    return Error(ErrorCode::invalid_request, "The expectation is not known.");
  }
  if (!request_.header("host")) return Error(ErrorCode::invalid_request, "The Host header is missing.");
  if (const auto coding = request_.header("transfer-encoding")) {
    // Anything but exactly `chunked` leaves the body's end to interpretation (RFC 9112 §6.3).
    const bool ambiguous = version_ != 11 || !ascii::equal_ignoring_case(ascii::trimmed(*coding), "chunked") ||
                           request_.header("content-length").has_value();
    if (ambiguous) return Error(ErrorCode::invalid_request, "The body's framing is ambiguous.");
  }
  return std::nullopt;
}

std::optional<Error> RequestParser::check_target() {
  auto target = target_;
  if (target == "*" && request_.method == Method::options) target = "/";
  if (!target.starts_with('/')) {  // absolute-form (RFC 9112 §3.2.2): its authority must be the Host's
    const auto scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos)
      return Error(ErrorCode::invalid_request, "The request target is malformed.");
    target.remove_prefix(scheme_end + 3);
    const auto authority = target.substr(0, target.find_first_of("/?"));
    if (!ascii::equal_ignoring_case(authority, *request_.header("host"))) {
      return Error(ErrorCode::invalid_request, "The request target and the Host header disagree.");
    }
    target.remove_prefix(authority.size());
    if (!target.starts_with('/')) target = "/";
  }
  const auto question = std::min(target.find('?'), target.size());
  request_.path = target.substr(0, question);
  request_.query = target.substr(std::min(question + 1, target.size()));
  if (target.find('#') != std::string_view::npos) {
    return Error(ErrorCode::invalid_request, "The request target is malformed.");
  }
  return std::nullopt;
}

Result<std::size_t> RequestParser::read_body(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !is_done()) {
    error_code ec;
    const auto taken = put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), ec);
    used += taken;
    put_total_ += taken;
    if (ec == beast_http::error::body_limit || put_total_ > limits_.body * 8) return ErrorCode::payload_too_large;
    if (ec == beast_http::error::need_more) break;
    if (ec) return Error(ErrorCode::invalid_request, "The body's framing is malformed.");
  }
  return used;
}

bool RequestParser::wants_continue() const {
  const auto expect = request_.header("expect");
  // HTTP/1.0 knows no interim answer and would take it for the final one (RFC 9110 §10.1.1).
  return version_ == 11 && expect && ascii::equal_ignoring_case(*expect, "100-continue");
}

bool RequestParser::takes_chunks() const {
  return version_ == 11;
}

bool RequestParser::body_exceeds_limit() const {
  return declared_body() > limits_.body;
}

std::uint64_t RequestParser::declared_body() const {
  return content_length().value_or(0);
}

void RequestParser::limit_body(std::size_t bytes) {
  limits_.body = bytes;
  body_limit(bytes);
}

void RequestParser::on_request_impl(beast_http::verb verb, string_view method, string_view target, int version,
                                    error_code&) {
  request_.method = to_method(verb);
  request_.method_name = std_view(method);
  target_ = std_view(target);
  version_ = version;
}

void RequestParser::on_field_impl(beast_http::field, string_view name, string_view value, error_code&) {
  if (is_header_done()) return;  // a trailer of a chunked body: nothing here reads those
  request_.headers.emplace_back(std_view(name), std_view(value));
}

std::size_t RequestParser::on_body_impl(string_view bytes, error_code&) {
  body_.append(bytes.data(), bytes.size());
  return bytes.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) {
  body_.append(bytes.data(), bytes.size());
  return bytes.size();
}

}  // namespace secureauth::http
