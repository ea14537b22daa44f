#pragma once

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "mfa/webauthn/certificate_fixture.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <openssl/ecdsa.h>

#include <string>
#include <string_view>

// For unit tests only: a metadata service.
namespace secureauth::webauthn {

inline std::string base64url(std::string_view text) {
  return crypto::base64url_encode(crypto::as_bytes(text));
}

/// An ECDSA signature as JWS writes it: r, then s.
inline Bytes raw_signature(const Bytes& der, int half) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), &ECDSA_SIG_free);
  Bytes raw(static_cast<std::size_t>(2 * half));
  auto* const out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, half);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + half, half);
  return raw;
}

inline boost::json::object metadata_payload(std::int64_t number, boost::json::array entries = {}) {
  if (entries.empty()) {
    entries.push_back({{"aaguid", "0a1b2c3d-0000-4000-8000-00000000000f"},
                       {"metadataStatement", {{"description", "Model"}}},
                       {"statusReports", {{{"status", "FIDO_CERTIFIED"}}}}});
  }
  return {{"legalHeader", "for tests"}, {"no", number}, {"nextUpdate", "2026-07-01"}, {"entries", std::move(entries)}};
}

/// Signs BLOBs with a certificate below a root of its own.
struct MetadataService {
  Issued root = issue(authority("Metadata root"));
  Issued signer = issue({}, &root);

  [[nodiscard]] boost::json::object header(std::string_view algorithm = "ES256") const {
    return {{"alg", algorithm}, {"typ", "JWT"}, {"x5c", {crypto::base64_encode(signer.certificate.der())}}};
  }
  /// With ES256, whatever the header says.
  [[nodiscard]] std::string blob(const boost::json::object& head, const boost::json::object& payload) const {
    const auto input = base64url(boost::json::serialize(head)) + "." + base64url(boost::json::serialize(payload));
    constexpr int kHalf = 32;
    return input + "." + crypto::base64url_encode(raw_signature(sign(signer.key, crypto::as_bytes(input)), kHalf));
  }
  [[nodiscard]] std::string blob(const boost::json::object& payload) const { return blob(header(), payload); }
};

}  // namespace secureauth::webauthn
