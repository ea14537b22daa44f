#pragma once

#include "settings/config.hpp"

#include <string>

namespace secureauth::settings {

/// Where the pages for people are, which mails and edges lead to: this service's, or those of the front end that stands
/// in for them. Never taken from a request.
[[nodiscard]] inline const std::string& page_origin(const Config& config) {
  return config.hosted_pages || config.frontend_url.empty() ? config.public_url.text : config.frontend_url;
}

}  // namespace secureauth::settings
