#include "cli/recorded_ceremony.hpp"

#include "core/json.hpp"
#include "crypto/encoding.hpp"
#include "mfa/webauthn/authentication.hpp"
#include "mfa/webauthn/registration.hpp"
#include "mfa/webauthn/response_json.hpp"
#include "mfa/webauthn/trust_roots.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace secureauth::cli {
namespace {

namespace json = boost::json;
using webauthn::AttestationConveyance;
using webauthn::Ceremony;
using webauthn::CoseKey;
using webauthn::UserVerification;
using Bytes = std::vector<std::byte>;

/// Reads the members of an object; null counts as missing, as vectors write it.
class Members {
 public:
  explicit Members(const json::object& object, std::string path = {}) : object_(object), path_(std::move(path)) {}

  [[nodiscard]] const json::value* find(std::string_view name) const {
    const auto* value = object_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  [[nodiscard]] std::string text(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) fail(name, "is missing");
    return text_of(name, *value);
  }
  [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise) const {
    return find(name) == nullptr ? std::string(otherwise) : text(name);
  }

  [[nodiscard]] bool flag(std::string_view name, bool otherwise) const {
    const auto* value = find(name);
    if (value != nullptr && !value->is_bool()) fail(name, "must be true or false");
    return value == nullptr ? otherwise : value->get_bool();
  }

  [[nodiscard]] std::uint32_t count(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) return 0;
    const auto* number = value->if_int64();
    if (number == nullptr || *number < 0 || *number > std::numeric_limits<std::uint32_t>::max()) {
      fail(name, "must be a whole number below 2^32");
    }
    return static_cast<std::uint32_t>(*number);
  }

  [[nodiscard]] Bytes bytes(std::string_view name) const { return decoded(name, text(name)); }
  [[nodiscard]] std::optional<Bytes> optional_bytes(std::string_view name) const {
    return find(name) == nullptr ? std::nullopt : std::optional(bytes(name));
  }

  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const {
    std::vector<std::string> found;
    const auto* value = find(name);
    if (value == nullptr) return found;
    const auto* list = value->if_array();
    if (list == nullptr) fail(name, "must be an array");
    for (const auto& one : *list) found.push_back(text_of(name, one));
    return found;
  }
  [[nodiscard]] std::vector<Bytes> byte_strings(std::string_view name) const {
    std::vector<Bytes> found;
    for (const auto& one : texts(name)) found.push_back(decoded(name, one));
    return found;
  }

  /// A word of an enum whose to_text() writes it; the first of `choices` stands where none is given.
  template <class T>
  [[nodiscard]] T word_of(std::string_view name, std::initializer_list<T> choices) const {
    const auto given = text(name, to_text(*choices.begin()));
    for (const auto choice : choices) {
      if (to_text(choice) == given) return choice;
    }
    fail(name, "is none of the words it may be");
  }

  /// One of a list of names, the first of which stands where none is given.
  template <class T, std::size_t N>
  [[nodiscard]] T one_of(std::string_view name, const std::array<std::pair<std::string_view, T>, N>& choices) const {
    const auto given = text(name, choices.front().first);
    for (const auto& [text, choice] : choices) {
      if (text == given) return choice;
    }
    fail(name, "is none of the words it may be");
  }

  [[noreturn]] void fail(std::string_view name, std::string_view what) const {
    throw UnreadableRecording(path_ + std::string(name) + " " + std::string(what));
  }

 private:
  [[nodiscard]] std::string text_of(std::string_view name, const json::value& value) const {
    const auto* text = value.if_string();
    if (text == nullptr) fail(name, "must be a string");
    return {text->data(), text->size()};
  }
  [[nodiscard]] Bytes decoded(std::string_view name, std::string_view text) const {
    auto bytes = crypto::base64url_decode(text);
    if (!bytes) fail(name, "is not base64url without padding");
    return std::move(*bytes);
  }

  const json::object& object_;
  std::string path_;
};

constexpr std::array<std::pair<std::string_view, Ceremony>, 2> kCeremonies{
    {{"registration", Ceremony::registration}, {"authentication", Ceremony::authentication}}};

constexpr std::array<std::pair<std::string_view, bool>, 2> kSignCount{{{"refuse", true}, {"audit", false}}};

/// The same for every model: whose authenticator it is, the recording does not say.
webauthn::TrustRoots roots_of(const Members& policy) {
  std::vector<webauthn::Certificate> roots;
  for (const auto& der : policy.byte_strings("trust_roots_der")) {
    auto root = webauthn::Certificate::parse(der);
    if (!root) policy.fail("trust_roots_der", "holds something other than a certificate");
    roots.push_back(*std::move(root));
  }
  return webauthn::TrustRoots(std::move(roots));
}

Timestamp time_of(const Members& policy, Timestamp now) {
  if (policy.find("time") == nullptr) return now;
  auto text = policy.text("time");
  if (text.ends_with("+00:00")) text.replace(text.size() - 6, 6, "Z");
  try {
    return from_rfc3339(text);
  } catch (const std::invalid_argument&) {
    policy.fail("time", "is not a time in UTC as RFC 3339 writes it");
  }
}

UserVerification user_verification(const Members& policy) {
  using enum UserVerification;
  return policy.word_of("user_verification", {preferred, required, discouraged});
}

webauthn::RelyingParty relying_party(const Members& recording, const Members& policy) {
  webauthn::RelyingParty party{.id = recording.text("rp_id"),
                               .origins = policy.texts("origins"),
                               .cross_origin = policy.flag("cross_origin", false),
                               .top_origins = policy.texts("top_origins")};
  // Not the recorded origin: what a look-alike site recorded must not vouch for itself.
  if (policy.find("origins") == nullptr) party.origins.push_back("https://" + party.id);
  return party;
}

/// What a browser brought, apart from what the recording tells about it: the members that the service reads from the
/// body of a finish. Those in `needed` must be there, or all of it under `credential` in the standard's own form.
json::object response_of(const Members& recording, std::initializer_list<std::string_view> sent,
                         std::initializer_list<std::string_view> needed) {
  json::object body;
  for (const auto name : sent) {
    if (const auto* value = recording.find(name)) body[name] = *value;
  }
  if (body.contains("credential")) return body;
  for (const auto name : needed) {
    if (!body.contains(name)) recording.fail(name, "is missing");
  }
  return body;
}

json::object flags(bool user_verified, bool backup_eligible, bool backed_up) {
  // A ceremony without the user's presence is refused.
  return {{"UP", true}, {"UV", user_verified}, {"BE", backup_eligible}, {"BS", backed_up}};
}

RecordedVerdict refused(Ceremony ceremony, const webauthn::Refusal& refusal) {
  return {.valid = false,
          .report = {{"verdict", "refused"},
                     {"ceremony", kCeremonies.at(ceremony == Ceremony::registration ? 0 : 1).first},
                     {"step", refusal.step},
                     {"step_name", webauthn::step_name(ceremony, refusal.step)},
                     {"detail", refusal.detail}}};
}

RecordedVerdict accepted(const webauthn::NewCredential& credential) {
  return {.valid = true,
          .report = {{"verdict", "valid"},
                     {"ceremony", "registration"},
                     {"format", credential.attestation_format},
                     {"attestation_type", webauthn::to_text(credential.attestation_type)},
                     {"trusted", credential.attested},
                     {"aaguid", webauthn::to_text(credential.aaguid)},
                     {"algorithm", webauthn::to_text(credential.algorithm)},
                     {"flags", flags(credential.user_verified, credential.backup_eligible, credential.backed_up)},
                     {"sign_count", credential.sign_count},
                     {"credential_id", crypto::base64url_encode(credential.id)},
                     {"credential_public_key", crypto::base64url_encode(credential.public_key)}}};
}

RecordedVerdict accepted(const webauthn::Assertion& assertion, const webauthn::KnownCredential& known) {
  const auto key = CoseKey::parse(known.public_key);
  return {.valid = true,
          .report = {{"verdict", "valid"},
                     {"ceremony", "authentication"},
                     {"algorithm", webauthn::to_text(key->algorithm())},
                     {"flags", flags(assertion.user_verified, known.backup_eligible, assertion.backed_up)},
                     {"sign_count", assertion.sign_count},
                     {"sign_count_went_back", assertion.count_went_back},
                     {"credential_id", crypto::base64url_encode(known.id)}}};
}

RecordedVerdict judge_registration(const Members& recording, const Members& policy, Timestamp now) {
  const auto party = relying_party(recording, policy);
  using enum AttestationConveyance;
  const auto roots = roots_of(policy);
  const webauthn::AttestationPolicy attestation{
      .conveyance = policy.word_of("attestation", {none, indirect, direct, enterprise}), .trust = &roots};
  const webauthn::RegistrationExpectation expected{
      .relying_party = party,
      .challenge = recording.bytes("challenge"),
      .user_verification = user_verification(policy),
      .algorithms = {webauthn::kOfferedAlgorithms.begin(), webauthn::kOfferedAlgorithms.end()},
      .attestation = attestation,
      .device_bound_only = policy.flag("device_bound_only", false),
      .now = time_of(policy, now)};

  // `credential_id` is no field of a registration; recordings name it for the reader.
  const auto response = webauthn::read_registration(
      response_of(recording,
                  {"client_data_json", "attestation_object", "transports", "authenticator_data", "signature",
                   "user_handle", "client_extension_results", "credential"},
                  {"client_data_json", "attestation_object"}));
  if (!response) return refused(Ceremony::registration, response.error());
  const auto credential = webauthn::verify_registration(*response, expected);
  if (!credential) return refused(Ceremony::registration, credential.error());
  return accepted(*credential);
}

/// The credential as the service would have it in its store; what the recording leaves out is taken to be as the
/// response has it.
webauthn::KnownCredential known_credential(const Members& recording, const webauthn::AuthenticationResponse& response) {
  webauthn::KnownCredential known{.id = response.credential_id,
                                  .user_handle = response.user_handle.value_or(Bytes{}),
                                  .public_key = recording.bytes("credential_public_key"),
                                  .sign_count = recording.count("stored_sign_count")};
  if (auto handle = recording.optional_bytes("stored_user_handle")) known.user_handle = std::move(*handle);
  const auto data = webauthn::parse_authenticator_data(response.authenticator_data);
  known.backup_eligible = recording.flag("stored_backup_eligible", data && data->backup_eligible);
  return known;
}

RecordedVerdict judge_authentication(const Members& recording, const Members& policy) {
  const auto party = relying_party(recording, policy);
  webauthn::AuthenticationExpectation expected{.relying_party = party,
                                               .challenge = recording.bytes("challenge"),
                                               .user_verification = user_verification(policy),
                                               .allowed = recording.byte_strings("allowed_credential_ids"),
                                               .refuse_count_going_back = policy.one_of("sign_count", kSignCount)};

  const auto response = webauthn::read_authentication(
      response_of(recording,
                  {"credential_id", "client_data_json", "authenticator_data", "signature", "user_handle",
                   "attestation_object", "client_extension_results", "credential"},
                  {"credential_id", "client_data_json", "authenticator_data", "signature"}));
  // Read before the verdict, so that a recording that cannot be judged is told as such whatever the response holds.
  const auto known = known_credential(recording, response ? *response : webauthn::AuthenticationResponse{});
  if (!response) return refused(Ceremony::authentication, response.error());
  expected.user_handle = known.user_handle;
  const auto assertion = webauthn::verify_authentication(*response, known, expected);
  if (!assertion) return refused(Ceremony::authentication, assertion.error());
  return accepted(*assertion, known);
}

}  // namespace

RecordedVerdict judge_recording(std::string_view json, Timestamp now) {
  const auto document = parse_json(json);
  if (!document) throw UnreadableRecording("it is not JSON, or names a member twice");
  if (!document->is_object()) throw UnreadableRecording("it is not a JSON object");
  const Members recording(document->get_object());

  const auto* policy_value = recording.find("policy");
  if (policy_value != nullptr && !policy_value->is_object()) recording.fail("policy", "must be an object");
  const json::object none;
  const Members policy(policy_value == nullptr ? none : policy_value->get_object(), "policy.");

  if (recording.find("kind") == nullptr) recording.fail("kind", "is missing");
  return recording.one_of("kind", kCeremonies) == Ceremony::registration ? judge_registration(recording, policy, now)
                                                                         : judge_authentication(recording, policy);
}

}  // namespace secureauth::cli
