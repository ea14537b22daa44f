#include "mfa/totp/provisioning.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <sodium.h>

#include <cstdlib>
#include <liboath/oath.h>
#include <stdexcept>

namespace secureauth::mfa {
namespace {

std::string encoded(std::string_view text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

}  // namespace

std::string totp_secret_text(const crypto::SecretBytes& secret) {
  char* made = nullptr;
  std::size_t size = 0;
  const auto bytes = secret.reveal();
  const int outcome = oath_base32_encode(bytes.data(), bytes.size(), &made, &size);
  if (outcome != OATH_OK) throw std::runtime_error(std::string("liboath: ") + oath_strerror(outcome));
  std::string text(made, size);
  sodium_memzero(made, size);
  std::free(made);  // NOLINT(cppcoreguidelines-no-malloc): liboath allocates so
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

std::string totp_uri(std::string_view issuer, std::string_view account, std::string_view secret_text,
                     const TotpParameters& parameters) {
  std::string uri = "otpauth://totp/" + encoded(issuer) + ':' + encoded(account);
  uri.append("?secret=").append(secret_text).append("&issuer=").append(encoded(issuer));
  uri.append("&algorithm=").append(to_text(parameters.algorithm));
  uri.append("&digits=").append(std::to_string(parameters.digits));
  uri.append("&period=").append(std::to_string(parameters.period.count()));
  return uri;
}

}  // namespace secureauth::mfa
