#include "http/pages.hpp"

#include "core/embedded.hpp"

#include <stdexcept>

namespace secureauth::http {
namespace {

Content content_of(std::string_view name) {
  if (name.ends_with(".html")) return Content::html;
  if (name.ends_with(".js")) return Content::script;
  if (name.ends_with(".css")) return Content::style;
  if (name.ends_with(".svg")) return Content::icon;
  throw std::logic_error("no content type for " + std::string(name));
}

}  // namespace

Route embedded_file(std::string path, std::string_view name) {
  const auto* file = embedded::find(embedded::web(), name);
  if (file == nullptr) throw std::logic_error("no embedded file " + std::string(name));
  const auto content = content_of(name);
  return {Method::get, std::move(path), Body::none, [file, content](Request&) -> net::awaitable<Result<Response>> {
            co_return embedded_page(content, file->content);
          }};
}

}  // namespace secureauth::http
