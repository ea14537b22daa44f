#include "crypto/page_cursors.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

namespace secureauth::crypto {

PageCursors::PageCursors(const SecretBytes& secret_key, std::string_view site)
    : key_(derive_key(secret_key, "secureauth/cursor/v1/" + std::string(site))) {}

std::string PageCursors::issue(std::string_view list, std::string_view owner, std::string_view position) const {
  return std::string(position) + '.' + base64url_encode(hmac_sha256(key_, {list, owner, position}));
}

std::optional<std::string> PageCursors::read(std::string_view list, std::string_view owner,
                                             std::string_view cursor) const {
  const auto dot = cursor.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto position = cursor.substr(0, dot);
  if (!equal(cursor, issue(list, owner, position))) return std::nullopt;
  return std::string(position);
}

}  // namespace secureauth::crypto
