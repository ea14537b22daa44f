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
enum class Content { none, json, json_lines, problem, html, script, style, icon };

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

[[nodiscard]] inline Response embedded_page(Content content, std::string_view body) {
  Response response;
  response.content = content;
  response.body = body;
  return response;
}

}  // namespace secureauth::http
