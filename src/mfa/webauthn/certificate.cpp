#include "mfa/webauthn/certificate.hpp"

#include "crypto/quiet_errors.hpp"

#include <openssl/pem.h>

#include <algorithm>

namespace secureauth::webauthn {
namespace {

// Attestation certificates are one to two KiB; a root with an RSA key of 4096 bits, too.
constexpr std::size_t kMostBytes = std::size_t{8} * 1024;

}  // namespace

std::optional<Certificate> Certificate::parse(std::span<const std::byte> der) {
  if (der.empty() || der.size() > kMostBytes) return std::nullopt;
  const crypto::QuietErrors quiet;
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  std::shared_ptr<X509> certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())), &X509_free);
  if (!certificate || at != end) return std::nullopt;
  return Certificate(std::move(certificate));
}

std::vector<Certificate> Certificate::parse_pem(std::string_view text) {
  const crypto::QuietErrors quiet;
  std::vector<Certificate> found;
  const std::unique_ptr<BIO, decltype(&BIO_free)> source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                         &BIO_free);
  while (source) {
    const std::shared_ptr<X509> next(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!next) break;
    found.push_back(Certificate(next));
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!ended) found.clear();
  return found;
}

Certificate Certificate::share(X509* certificate) {
  X509_up_ref(certificate);
  return Certificate(std::shared_ptr<X509>(certificate, &X509_free));
}

std::vector<std::byte> Certificate::der() const {
  std::vector<std::byte> bytes(static_cast<std::size_t>(std::max(i2d_X509(certificate_.get(), nullptr), 0)));
  auto* at = reinterpret_cast<unsigned char*>(bytes.data());
  i2d_X509(certificate_.get(), &at);
  return bytes;
}

}  // namespace secureauth::webauthn
