#pragma once

#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::webauthn {

/// One X.509 certificate (RFC 5280), read by OpenSSL. Cheap to copy; immutable.
class Certificate {
 public:
  /// Nothing unless `der` is one certificate and nothing more, of 8 KiB at most.
  [[nodiscard]] static std::optional<Certificate> parse(std::span<const std::byte> der);

  /// All that stand in a PEM file (RFC 7468) of the operator's, of any size and in their order; none when one of them
  /// cannot be read. What is marked as something else is passed over.
  [[nodiscard]] static std::vector<Certificate> parse_pem(std::string_view text);

  /// One that OpenSSL holds, held from now on with it.
  [[nodiscard]] static Certificate share(X509* certificate);

  [[nodiscard]] X509* get() const { return certificate_.get(); }
  [[nodiscard]] std::vector<std::byte> der() const;

 private:
  explicit Certificate(std::shared_ptr<X509> certificate) : certificate_(std::move(certificate)) {}

  std::shared_ptr<X509> certificate_;
};

}  // namespace secureauth::webauthn
