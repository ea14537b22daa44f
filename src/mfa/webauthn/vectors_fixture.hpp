#pragma once

#include "core/clock.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "mfa/webauthn/authentication.hpp"
#include "mfa/webauthn/key_fixture.hpp"
#include "mfa/webauthn/registration.hpp"
#include "mfa/webauthn/trust_roots.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::webauthn {

/// The specification's own ceremonies (tests/vectors/README.md).
inline const boost::json::object& all_vectors() {
  static const boost::json::value document = [] {
    std::ifstream file(SECUREAUTH_WEBAUTHN_VECTORS);
    return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  }();
  return document.as_object();
}

inline Bytes decoded(const boost::json::value& text) {
  return crypto::base64url_decode(text.as_string()).value();
}

inline const boost::json::object& vector_named(std::string_view id) {
  for (const auto& one : all_vectors().at("cases").as_array()) {
    if (one.at("id") == boost::json::value(id)) return one.as_object();
  }
  throw std::invalid_argument("no vector " + std::string(id));
}

inline TrustRoots root_of_vectors() {
  return TrustRoots({Certificate::parse(decoded(all_vectors().at("trust_root_der"))).value()});
}

/// A time at which the certificates of the vectors are valid.
inline Timestamp time_of_vectors() {
  return from_rfc3339("2026-06-01T00:00:00Z");
}

/// One registration that can be changed in one place before it is verified.
struct RegistrationCase {
  explicit RegistrationCase(std::string_view name) {
    const auto& vector = vector_named(std::string(name) + "/registration");
    response.client_data_json = decoded(vector.at("client_data_json"));
    response.attestation_object = decoded(vector.at("attestation_object"));
    challenge = decoded(vector.at("challenge"));
  }

  [[nodiscard]] Verdict<NewCredential> verdict() const {
    return verify_registration(response, {.relying_party = relying_party,
                                          .challenge = challenge,
                                          .user_verification = user_verification,
                                          .algorithms = algorithms,
                                          .attestation = policy,
                                          .device_bound_only = device_bound_only,
                                          .now = now});
  }
  /// The step that fails; 0: none does.
  [[nodiscard]] int failed() const {
    const auto result = verdict();
    return result ? 0 : result.error().step;
  }

  RegistrationResponse response{};
  RelyingParty relying_party{.id = "example.org", .origins = {"https://example.org"}, .top_origins = {}};
  Bytes challenge{};
  UserVerification user_verification = UserVerification::discouraged;
  std::vector<CoseAlgorithm> algorithms{kOfferedAlgorithms.begin(), kOfferedAlgorithms.end()};
  AttestationPolicy policy{};
  bool device_bound_only = false;
  Timestamp now = time_of_vectors();
};

/// One authentication, likewise.
struct AuthenticationCase {
  explicit AuthenticationCase(std::string_view name) {
    const auto& vector = vector_named(std::string(name) + "/authentication");
    response = {.credential_id = decoded(vector.at("credential_id")),
                .client_data_json = decoded(vector.at("client_data_json")),
                .authenticator_data = decoded(vector.at("authenticator_data")),
                .signature = decoded(vector.at("signature"))};
    constexpr std::size_t kFlags = 32;
    known = KnownCredential{.id = response.credential_id,
                            .user_handle = kHandle,
                            .public_key = decoded(vector.at("credential_public_key")),
                            .backup_eligible = (response.authenticator_data[kFlags] & std::byte{8}) != std::byte{0},
                            .sign_count = static_cast<std::uint32_t>(vector.at("stored_sign_count").as_int64())};
    challenge = decoded(vector.at("challenge"));
  }

  [[nodiscard]] Verdict<Assertion> verdict() const {
    return verify_authentication(response, known,
                                 {.relying_party = relying_party,
                                  .challenge = challenge,
                                  .user_verification = user_verification,
                                  .allowed = allowed,
                                  .user_handle = user_handle,
                                  .refuse_count_going_back = refuse_count_going_back});
  }
  [[nodiscard]] int failed() const {
    const auto result = verdict();
    return result ? 0 : result.error().step;
  }

  inline static const Bytes kHandle{std::byte{1}, std::byte{2}};

  AuthenticationResponse response{};
  std::optional<KnownCredential> known{};
  RelyingParty relying_party{.id = "example.org", .origins = {"https://example.org"}, .top_origins = {}};
  Bytes challenge{};
  UserVerification user_verification = UserVerification::discouraged;
  std::vector<Bytes> allowed{};
  std::optional<Bytes> user_handle = kHandle;
  bool refuse_count_going_back = true;
};

/// Client data with one piece of its text changed for another. Throws when the piece is not there.
inline void change(Bytes& client_data, std::string_view piece, std::string_view other) {
  std::string text(crypto::as_text(client_data));
  const auto at = text.find(piece);
  if (at == std::string::npos) throw std::invalid_argument("nothing to change: " + std::string(piece));
  text.replace(at, piece.size(), other);
  const auto bytes = crypto::as_bytes(text);
  client_data.assign(bytes.begin(), bytes.end());
}

/// An attestation object of these parts, in CTAP2's order; by default of a statement that states nothing.
inline Bytes attestation_object(std::string_view format, const Bytes& data,
                                const Bytes& statement = Bytes{std::byte{0xa0}}) {
  return written::map({{written::text("fmt"), written::text(format)},
                       {written::text("attStmt"), statement},
                       {written::text("authData"), written::bytes(data)}});
}

/// What authenticators sign: their data, and the hash of the client data.
inline Bytes signed_over(Bytes data, const Bytes& client_data) {
  append(data, crypto::sha256(client_data));
  return data;
}

/// The names of all ceremonies of a kind, without the kind.
inline std::vector<std::string> names_of(std::string_view kind) {
  std::vector<std::string> found;
  for (const auto& one : all_vectors().at("cases").as_array()) {
    const std::string id(one.at("id").as_string());
    if (one.at("kind").as_string() == kind) found.push_back(id.substr(0, id.find('/')));
  }
  return found;
}

/// The place of one sequence of bytes in another.
inline std::size_t place_of(std::span<const std::byte> piece, std::span<const std::byte> whole) {
  const auto found = std::ranges::search(whole, piece);
  if (found.empty()) throw std::invalid_argument("not there");
  return static_cast<std::size_t>(found.begin() - whole.begin());
}

}  // namespace secureauth::webauthn
