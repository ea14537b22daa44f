#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

#include <string>
#include <string_view>

namespace secureauth::http {

/// What never changes while the service runs, ready to be sent as it is or compressed. The views outlive it.
struct StaticFile {
  Content content = Content::none;
  std::string_view identity;
  std::string_view gzip;  ///< empty: it is not sent compressed
  std::string tag;        ///< of this content, such as crypto::content_tag(): a validator (RFC 9110 §8.8.3)
};

/// Of a content type by the ending of a file's name: html, js, css, svg, png, json. Throws std::logic_error for others.
[[nodiscard]] Content content_of(std::string_view name);

/// The file, or 304 to who has it; compressed for who takes that. `vary` names what else decides which file it is.
[[nodiscard]] Response answer_with(const StaticFile& file, const Request& request, std::string_view cache_control,
                                   std::string_view vary = "");

}  // namespace secureauth::http
