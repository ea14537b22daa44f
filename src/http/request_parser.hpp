#pragma once

#include "http/request.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::http {

struct ParserLimits {
  std::size_t head = std::size_t{16} * 1024;
  std::size_t fields = 100;
  std::size_t body = std::size_t{16} * 1024;  ///< of a request that no route takes; a route has its own
};

/// One request, parsed by Beast straight into `Request`: views into the caller's buffer, nothing copied but the body.
/// Feed the whole head with `read_head`, then body bytes with `read_body` until `is_done()`.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser(Request& request, std::string& body, ParserLimits limits);

  /// `head` must stay where it is while the request is handled. Fails with invalid_request or headers_too_large.
  [[nodiscard]] std::optional<Error> read_head(std::string_view head);

  /// Takes what belongs to this request's body and returns how many bytes that was. Fails with invalid_request or
  /// payload_too_large.
  [[nodiscard]] Result<std::size_t> read_body(std::string_view bytes);

  [[nodiscard]] bool wants_continue() const;  ///< Expect: 100-continue was sent
  [[nodiscard]] bool takes_chunks() const;    ///< the client speaks HTTP/1.1
  [[nodiscard]] bool body_exceeds_limit() const;
  [[nodiscard]] std::uint64_t declared_body() const;  ///< bytes; 0 for one in chunks, or none

  /// From here on this many bytes of body are taken; before the first of them was read.
  void limit_body(std::size_t bytes);

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  [[nodiscard]] std::optional<Error> check_fields() const;
  [[nodiscard]] std::optional<Error> check_target();

  void on_request_impl(boost::beast::http::verb verb, string_view method, string_view target, int version,
                       error_code& ec) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field, string_view name, string_view value, error_code& ec) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view bytes, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& ec) override;
  void on_finish_impl(error_code&) override {}

  Request& request_;
  std::string& body_;
  ParserLimits limits_;
  std::string_view target_;
  int version_ = 0;            // 10 or 11
  std::size_t put_total_ = 0;  // framing included, so that endless tiny chunks end too
};

}  // namespace secureauth::http
