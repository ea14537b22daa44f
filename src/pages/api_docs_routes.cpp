#include "pages/api_docs_routes.hpp"

#include "http/static_file.hpp"

#include <stdexcept>

namespace secureauth::pages {

http::Route openapi_route() {
  const auto* document = embedded::find(embedded::api_docs(), "openapi.json");
  if (document == nullptr) throw std::logic_error("the build left openapi.json out");
  const http::StaticFile file{.content = http::content_of(document->name),
                              .identity = document->content,
                              .gzip = document->gzip,
                              .tag = std::string(document->tag)};
  return {http::Method::get, "/openapi.json", http::Body::none,
          [file](const http::Request& request) -> net::awaitable<Result<http::Response>> {
            co_return http::answer_with(file, request, http::kRevalidate);
          }};
}

std::vector<embedded::File> files_to_show(bool docs) {
  auto files = embedded::web();
  if (docs) files.insert(files.end(), embedded::api_docs().begin(), embedded::api_docs().end());
  return files;
}

}  // namespace secureauth::pages
