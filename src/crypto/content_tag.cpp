#include "crypto/content_tag.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

#include <span>

namespace secureauth::crypto {

std::string content_tag(std::string_view content) {
  const auto digest = sha256(std::as_bytes(std::span(content)));
  return hex_encode(std::span(digest).first(8));
}

}  // namespace secureauth::crypto
