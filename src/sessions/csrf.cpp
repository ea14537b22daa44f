#include "sessions/csrf.hpp"

#include "crypto/encoding.hpp"

#include <array>

namespace secureauth::sessions {

CsrfTokens::CsrfTokens(const crypto::RotatingKey& csrf_secret, std::string_view site, crypto::Random& random)
    : keys_(csrf_secret, "secureauth/csrf/v1/" + std::string(site)), random_(random) {}

std::string CsrfTokens::issue(const crypto::Sha256& binding) const {
  std::array<std::byte, 16> random_part{};
  random_.fill(random_part);
  const auto text = crypto::base64url_encode(random_part);
  return text + '.' + crypto::base64url_encode(keys_.sign({crypto::as_text(binding), text}));
}

bool CsrfTokens::accept(std::string_view header, std::string_view cookie, const crypto::Sha256& binding) const {
  const auto dot = header.find('.');
  if (dot == std::string_view::npos || !crypto::equal(header, cookie)) return false;
  return keys_.accept(header.substr(dot + 1), {crypto::as_text(binding), header.substr(0, dot)});
}

}  // namespace secureauth::sessions
