#pragma once

#include "core/error.hpp"
#include "core/net.hpp"

#include <boost/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::http {

/// What kind of content an answer is: decides Content-Type and Content-Security-Policy.
enum class Content { none, json, json_lines, event_stream, problem, html, script, style, icon, png, metrics };

/// Values of Cache-Control (RFC 9111 §5.2.2). An answer is not stored unless it says otherwise.
inline constexpr std::string_view kNoStore = "no-store";
inline constexpr std::string_view kRevalidate = "no-cache";                          ///< kept, and asked for anew
inline constexpr std::string_view kForever = "public, max-age=31536000, immutable";  ///< its address says its content

/// A body that is made while it is sent: the next piece (empty: there is none yet, ask again), nothing at the end. It
/// is asked when the client has taken what came before, and never again once the client is gone. A refusal, or what it
/// throws, cuts the answer off, so that nobody takes a part for the whole. It outlives the handler, not the request.
using BodyStream = std::function<net::awaitable<Result<std::optional<std::string>>>()>;

/// One answer, before the headers that every answer carries are added (`wire.hpp`).
struct Response {
  unsigned status = 200;
  Content content = Content::json;
  std::string body;
  BodyStream stream = nullptr;                                    ///< in the place of `body`
  std::string_view cache_control = kNoStore;                      ///< a literal
  std::vector<std::pair<std::string_view, std::string>> headers;  ///< names are literals

  Response& with(std::string_view name, std::string value) {
    headers.emplace_back(name, std::move(value));
    return *this;
  }
};

[[nodiscard]] inline Response json(const boost::json::object& body) {
  Response response;
  response.body = boost::json::serialize(body);
  return response;
}

/// `{"ok": true}`: the answer of what has nothing else to say.
[[nodiscard]] inline Response ok() {
  Response response;
  response.body = R"({"ok":true})";
  return response;
}

/// Sends a browser on to `location` by GET (303; RFC 9110 §15.4.4).
[[nodiscard]] inline Response see_other(std::string location) {
  Response response;
  response.status = 303;
  response.content = Content::none;
  response.with("Location", std::move(location));
  return response;
}

}  // namespace secureauth::http
