#pragma once

#include "http/router.hpp"

#include <string>
#include <vector>

namespace secureauth::app {

/// Sees to it that each path of RATE_LIMIT_EXEMPT is that of a route with a safe method: a mistyped one would exempt
/// nothing, without a word. Throws std::invalid_argument that names it.
void check_exempt_paths(http::Router& router, const std::vector<std::string>& exempt);

}  // namespace secureauth::app
