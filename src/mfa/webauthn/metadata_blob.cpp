#include "mfa/webauthn/metadata_blob.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "mfa/webauthn/certificate_fields.hpp"
#include "mfa/webauthn/trust_path.hpp"

#include <boost/json/parse.hpp>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <memory>
#include <new>
#include <ranges>

namespace secureauth::webauthn {
namespace {

namespace bj = boost::json;
using Bytes = std::vector<std::byte>;

constexpr std::size_t kMostCertificates = 8;
constexpr const char* kServerAuthentication = "1.3.6.1.5.5.7.3.1";  // id-kp-serverAuth
constexpr const char* kExtendedKeyUsage = "2.5.29.37";
constexpr std::string_view kPublisher = "mds.fidoalliance.org";

struct JwsAlgorithm {
  std::string_view name;
  CoseAlgorithm algorithm;
  std::size_t half;  ///< bytes of r and of s in an ECDSA signature (RFC 7518 §3.4); 0 for others
};
constexpr std::array kAlgorithms{
    JwsAlgorithm{"ES256", CoseAlgorithm::es256, 32}, JwsAlgorithm{"ES384", CoseAlgorithm::es384, 48},
    JwsAlgorithm{"ES512", CoseAlgorithm::es512, 66}, JwsAlgorithm{"RS256", CoseAlgorithm::rs256, 0},
    JwsAlgorithm{"PS256", CoseAlgorithm::ps256, 0},  JwsAlgorithm{"EdDSA", CoseAlgorithm::eddsa, 0},
};

std::optional<bj::object> parse_object(std::string_view base64url) {
  const auto text = crypto::base64url_decode(base64url);
  if (!text) return std::nullopt;
  bj::error_code error;
  auto value = bj::parse(crypto::as_text(*text), error, {}, {.max_depth = 16});
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

const JwsAlgorithm* algorithm_of(const bj::object& header) {
  const auto* const alg = header.if_contains("alg");
  if (alg == nullptr || !alg->is_string()) return nullptr;
  const auto* const found = std::ranges::find(kAlgorithms, std::string_view(alg->get_string()), &JwsAlgorithm::name);
  return found == kAlgorithms.end() ? nullptr : found;
}

/// Empty unless every member is a certificate that is fit.
std::vector<Certificate> path_of(const bj::object& header) {
  const auto* const x5c = header.if_contains("x5c");
  if (x5c == nullptr || !x5c->is_array() || x5c->get_array().size() > kMostCertificates) return {};
  std::vector<Certificate> path;
  for (const auto& item : x5c->get_array()) {
    const auto der = item.is_string() ? crypto::base64_decode(item.get_string()) : std::nullopt;
    auto certificate = der ? Certificate::parse(*der) : std::nullopt;
    if (!certificate || unfitness(*certificate)) return {};
    path.push_back(*std::move(certificate));
  }
  return path;
}

struct FreeSignature {
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(BIGNUM* number) const { BN_free(number); }
};

Timestamp end_of(const Certificate& certificate) {
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &time) != 1) return Timestamp::min();
  return Timestamp(std::chrono::seconds(::timegm(&time) - 1));  // the last that OpenSSL takes
}

/// r ‖ s as JWS writes it, in the DER that everything else writes. Empty when it has another length.
Bytes der_of(std::span<const std::byte> raw, std::size_t half) {
  if (raw.size() != 2 * half) return {};
  const auto* const bytes = reinterpret_cast<const unsigned char*>(raw.data());
  const std::unique_ptr<ECDSA_SIG, FreeSignature> pair(ECDSA_SIG_new());
  std::unique_ptr<BIGNUM, FreeSignature> r(BN_bin2bn(bytes, static_cast<int>(half), nullptr));
  std::unique_ptr<BIGNUM, FreeSignature> s(BN_bin2bn(bytes + half, static_cast<int>(half), nullptr));
  if (!pair || !r || !s) throw std::bad_alloc();
  ECDSA_SIG_set0(pair.get(), r.release(), s.release());
  Bytes der(static_cast<std::size_t>(std::max(i2d_ECDSA_SIG(pair.get(), nullptr), 0)));
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(pair.get(), &at);
  return der;
}

}  // namespace

boost::system::result<MetadataBlob, std::string> MetadataBlob::parse(std::string_view jws) {
  const auto first = jws.find('.');
  const auto second = first == std::string_view::npos ? first : jws.find('.', first + 1);
  if (second == std::string_view::npos) return std::string("it is not three parts with dots between them");
  const auto header = parse_object(jws.substr(0, first));
  auto payload = parse_object(jws.substr(first + 1, second - first - 1));
  auto raw = crypto::base64url_decode(jws.substr(second + 1));
  if (!header || !payload || !raw) return std::string("one of its parts is not base64url, or not a JSON object");
  if (header->contains("crit")) return std::string("its header has an extension that is not understood");
  const auto* const algorithm = algorithm_of(*header);
  if (algorithm == nullptr) return std::string("it is not signed with an algorithm that is accepted");

  MetadataBlob blob;
  blob.algorithm_ = algorithm->algorithm;
  blob.path_ = path_of(*header);
  if (blob.path_.empty()) return std::string("its x5c is not a chain of certificates that are fit to sign");
  blob.signing_input_ = jws.substr(0, second);
  blob.signature_ = algorithm->half == 0 ? *std::move(raw) : der_of(*raw, algorithm->half);
  blob.payload_ = *std::move(payload);
  return blob;
}

std::optional<std::string> MetadataBlob::signature_fault(std::span<const Certificate> roots, Timestamp now) const {
  const auto& leaf = path_.front();
  if (!verify_signature(key_of(leaf), algorithm_, signature_, crypto::as_bytes(signing_input_))) {
    return "the signature is wrong";
  }
  // Private authorities leave out what the key is for; those of the web must not (CA/Browser Forum BR §7.1.2.7.6).
  const bool is_limited = find_extension(leaf, kExtendedKeyUsage).has_value();
  if (is_limited && !is_for(leaf, kServerAuthentication)) return "the signing certificate is for something else";
  const auto chain = verified_chain(path_, roots, now, is_limited ? std::string(kPublisher) : std::string());
  if (!chain) return "the signing certificate leads to no root: " + chain.error();
  return std::nullopt;
}

Timestamp MetadataBlob::valid_until() const {
  return std::ranges::min(path_ | std::views::transform(&end_of));
}

}  // namespace secureauth::webauthn
