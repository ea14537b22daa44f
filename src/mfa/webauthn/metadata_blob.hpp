#pragma once

#include "core/clock.hpp"
#include "mfa/webauthn/certificate.hpp"
#include "mfa/webauthn/cose_key.hpp"

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::webauthn {

/// What the FIDO Alliance publishes of authenticators: a signed list, in JWS compact serialisation (RFC 7515).
/// Source: FIDO Metadata Service v3.0 §3.1.7.
class MetadataBlob {
 public:
  /// Takes it apart and believes nothing. Refuses what is not signed by a certificate in `x5c` with ES256, ES384,
  /// ES512, RS256, PS256 or EdDSA, and a header that demands to be understood (`crit`). The error is for an operator.
  [[nodiscard]] static boost::system::result<MetadataBlob, std::string> parse(std::string_view jws);

  /// Why it is not to be believed at `now`; nothing when the signature is right and its certificates lead to one of
  /// `roots`. A signing certificate of a web authority, which signs for everybody, must be mds.fidoalliance.org's.
  [[nodiscard]] std::optional<std::string> signature_fault(std::span<const Certificate> roots, Timestamp now) const;

  /// Until when all its certificates are valid.
  [[nodiscard]] Timestamp valid_until() const;

  [[nodiscard]] const boost::json::object& payload() const { return payload_; }

 private:
  MetadataBlob() = default;

  CoseAlgorithm algorithm_{};
  std::vector<Certificate> path_;  ///< leaf first
  std::string signing_input_;      ///< header and payload as they came
  std::vector<std::byte> signature_;
  boost::json::object payload_;
};

}  // namespace secureauth::webauthn
