#include "sessions/csrf.hpp"

#include "crypto/encoding.hpp"

#include <array>

namespace secureauth::sessions {

CsrfTokens::CsrfTokens(const crypto::SecretBytes& csrf_secret, std::string_view site, crypto::Random& random)
    : key_(crypto::derive_key(csrf_secret, "secureauth/csrf/v1/" + std::string(site))), random_(random) {}

std::string CsrfTokens::issue(const crypto::Sha256& binding) const {
  std::array<std::byte, 16> random_part{};
  random_.fill(random_part);
  const auto text = crypto::base64url_encode(random_part);
  return text + '.' + sign(text, binding);
}

bool CsrfTokens::accept(std::string_view header, std::string_view cookie, const crypto::Sha256& binding) const {
  const auto dot = header.find('.');
  if (dot == std::string_view::npos || !crypto::equal(header, cookie)) return false;
  return crypto::equal(header.substr(dot + 1), sign(header.substr(0, dot), binding));
}

std::string CsrfTokens::sign(std::string_view random_part, const crypto::Sha256& binding) const {
  return crypto::base64url_encode(crypto::hmac_sha256(key_, {crypto::as_text(binding), random_part}));
}

}  // namespace secureauth::sessions
