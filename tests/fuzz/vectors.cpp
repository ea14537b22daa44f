#include "vectors.hpp"

#include "core/embedded.hpp"
#include "core/json.hpp"
#include "crypto/encoding.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace secureauth::embedded {
const std::vector<File>& vectors();
}

namespace secureauth::fuzz {
namespace {

const boost::json::object& document() {
  static const auto parsed = parse_json(embedded::vectors().at(0).content).value();
  return parsed.as_object();
}

Bytes bytes(const boost::json::object& object, std::string_view name) {
  return crypto::base64url_decode(object.at(name).as_string()).value();
}

template <class T>
std::vector<T> cases(std::string_view kind, T (*read)(const boost::json::object&)) {
  std::vector<T> found;
  for (const auto& one : document().at("cases").as_array()) {
    if (one.at("kind").as_string() == kind) found.push_back(read(one.as_object()));
  }
  return found;
}

RecordedRegistration read_registration(const boost::json::object& one) {
  return {.challenge = bytes(one, "challenge"),
          .response = {.client_data_json = bytes(one, "client_data_json"),
                       .attestation_object = bytes(one, "attestation_object")},
          .credential_id = bytes(one, "credential_id"),
          .public_key = bytes(one, "credential_public_key")};
}

RecordedAuthentication read_authentication(const boost::json::object& one) {
  return {.challenge = bytes(one, "challenge"),
          .response = {.credential_id = bytes(one, "credential_id"),
                       .client_data_json = bytes(one, "client_data_json"),
                       .authenticator_data = bytes(one, "authenticator_data"),
                       .signature = bytes(one, "signature")},
          .known = {.id = bytes(one, "credential_id"),
                    .user_handle = Bytes(32),
                    .public_key = bytes(one, "credential_public_key"),
                    .backup_eligible = one.at("flags").at("BE").as_bool()}};
}

class OneRoot final : public webauthn::TrustSource {
 public:
  OneRoot() : model_{.description = {}, .roots = {}, .fault = {}} {
    model_.roots.push_back(webauthn::Certificate::parse(bytes(document(), "trust_root_der")).value());
  }
  [[nodiscard]] std::optional<webauthn::AuthenticatorModel> find(
      const webauthn::Aaguid&, std::span<const webauthn::Certificate>) const override {
    return model_;
  }

 private:
  webauthn::AuthenticatorModel model_;
};

}  // namespace

const std::vector<RecordedRegistration>& registrations() {
  static const auto all = cases("registration", &read_registration);
  return all;
}

const std::vector<RecordedAuthentication>& authentications() {
  static const auto all = cases("authentication", &read_authentication);
  return all;
}

const webauthn::RelyingParty& relying_party() {
  static const webauthn::RelyingParty party{.id = "example.org",
                                            .origins = {"https://example.org"},
                                            .cross_origin = true,
                                            .top_origins = {"https://example.com"}};
  return party;
}

const webauthn::TrustSource& trust() {
  static const OneRoot root;
  return root;
}

webauthn::RegistrationExpectation expecting(const RecordedRegistration& recorded,
                                            const webauthn::AttestationPolicy& policy) {
  return {.relying_party = relying_party(),
          .challenge = recorded.challenge,
          .user_verification = webauthn::UserVerification::preferred,
          .algorithms = {webauthn::kOfferedAlgorithms.begin(), webauthn::kOfferedAlgorithms.end()},
          .attestation = policy,
          .device_bound_only = false,
          .now = from_rfc3339("2026-01-01T00:00:00Z")};
}

webauthn::AuthenticationExpectation expecting(const RecordedAuthentication& recorded) {
  return {.relying_party = relying_party(),
          .challenge = recorded.challenge,
          .user_verification = webauthn::UserVerification::preferred,
          .allowed = {},
          .user_handle = recorded.known.user_handle,
          .refuse_count_going_back = true};
}

void require(bool holds, std::string_view property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(property.size()), property.data());
  std::abort();
}

}  // namespace secureauth::fuzz
