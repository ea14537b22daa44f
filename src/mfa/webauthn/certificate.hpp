#pragma once

#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace secureauth::webauthn {

/// One X.509 certificate (RFC 5280), read by OpenSSL. Cheap to copy; immutable.
class Certificate {
 public:
  /// Nothing unless `der` is one certificate and nothing more, of 8 KiB at most.
  [[nodiscard]] static std::optional<Certificate> parse(std::span<const std::byte> der);

  [[nodiscard]] X509* get() const { return certificate_.get(); }
  [[nodiscard]] std::vector<std::byte> der() const;

 private:
  explicit Certificate(std::shared_ptr<X509> certificate) : certificate_(std::move(certificate)) {}

  std::shared_ptr<X509> certificate_;
};

}  // namespace secureauth::webauthn
