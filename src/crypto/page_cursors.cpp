#include "crypto/page_cursors.hpp"

#include "crypto/encoding.hpp"

namespace secureauth::crypto {

PageCursors::PageCursors(const RotatingKey& secret_key, std::string_view site)
    : keys_(secret_key, "secureauth/cursor/v1/" + std::string(site)) {}

std::string PageCursors::issue(std::string_view list, std::string_view owner, std::string_view position) const {
  return std::string(position) + '.' + base64url_encode(keys_.sign({list, owner, position}));
}

std::optional<std::string> PageCursors::read(std::string_view list, std::string_view owner,
                                             std::string_view cursor) const {
  const auto dot = cursor.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto position = cursor.substr(0, dot);
  if (!keys_.accept(cursor.substr(dot + 1), {list, owner, position})) return std::nullopt;
  return std::string(position);
}

}  // namespace secureauth::crypto
