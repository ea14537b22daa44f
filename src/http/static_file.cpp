#include "http/static_file.hpp"

#include "core/ascii.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::http {
namespace {

/// Calls `look` with each item of a comma-separated field, trimmed, until it says true; whether it did.
template <class Look>
bool any_item(std::string_view field, Look look) {
  while (!field.empty()) {
    const auto comma = std::min(field.find(','), field.size());
    if (look(ascii::trimmed(field.substr(0, comma)))) return true;
    field.remove_prefix(std::min(comma + 1, field.size()));
  }
  return false;
}

/// RFC 9110 §12.5.3. A client that names gzip with any weight but zero takes it.
bool takes_gzip(const Request& request) {
  return any_item(request.header("accept-encoding").value_or(""), [](std::string_view item) {
    const auto semicolon = std::min(item.find(';'), item.size());
    if (!ascii::equal_ignoring_case(ascii::trimmed(item.substr(0, semicolon)), "gzip")) return false;
    const auto weight = item.find_first_of("123456789", semicolon);
    return semicolon == item.size() || weight != std::string_view::npos;
  });
}

/// RFC 9110 §13.1.2, by the weak comparison: a proxy that compresses anew marks our tags as weak.
bool has_it(const Request& request, std::string_view quoted) {
  return any_item(request.header("if-none-match").value_or(""), [quoted](std::string_view item) {
    if (item.starts_with("W/")) item.remove_prefix(2);
    return item == quoted || item == "*";
  });
}

}  // namespace

Content content_of(std::string_view name) {
  if (name.ends_with(".html")) return Content::html;
  if (name.ends_with(".js")) return Content::script;
  if (name.ends_with(".css")) return Content::style;
  if (name.ends_with(".svg")) return Content::icon;
  if (name.ends_with(".png")) return Content::png;
  if (name.ends_with(".json")) return Content::json;
  throw std::logic_error("no content type for " + std::string(name));
}

Response answer_with(const StaticFile& file, const Request& request, std::string_view cache_control,
                     std::string_view vary) {
  const bool compressed = !file.gzip.empty() && takes_gzip(request);
  std::string quoted = '"' + file.tag + (compressed ? "-gzip\"" : "\"");
  Response response;
  response.content = file.content;
  response.cache_control = cache_control;
  std::string varies(vary);
  if (!file.gzip.empty()) varies += varies.empty() ? "Accept-Encoding" : ", Accept-Encoding";
  if (!varies.empty()) response.with("Vary", std::move(varies));
  if (has_it(request, quoted)) {
    response.status = 304;
  } else {
    if (compressed) response.with("Content-Encoding", "gzip");
    response.body = compressed ? file.gzip : file.identity;
  }
  response.with("ETag", std::move(quoted));
  return response;
}

}  // namespace secureauth::http
