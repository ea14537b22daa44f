#pragma once

#include "core/embedded.hpp"
#include "http/router.hpp"

#include <vector>

namespace secureauth::pages {

/// `GET /openapi.json`: api/openapi.yaml as JSON, which /docs shows and clients are generated from. For everybody; it
/// has nobody's data.
[[nodiscard]] http::Route openapi_route();

/// The files that pages are made of and load; with `docs`, those of the viewer too.
[[nodiscard]] std::vector<embedded::File> files_to_show(bool docs);

}  // namespace secureauth::pages
