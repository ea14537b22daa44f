#include "mfa/webauthn/response_json.hpp"

#include "crypto/encoding.hpp"
#include "mfa/webauthn/client_data.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace secureauth::webauthn {
namespace {

namespace json = boost::json;
using Bytes = std::vector<std::byte>;

constexpr std::size_t kLongestObject = std::size_t{32} * 1024;
constexpr std::size_t kLongestPart = 4096;  // authenticator data, signature, id, user handle
constexpr std::size_t kMostExtensions = 64;
constexpr std::array<std::string_view, 6> kTransports{"ble", "hybrid",     "internal",
                                                      "nfc", "smart-card", "usb"};  // §5.8.4

/// A part of an answer, as this API calls it and as the standard does (§5.5); empty where the standard has it in both
/// ceremonies.
struct Part {
  std::string_view flat;
  std::string_view standard;
  bool is_outer = false;  ///< stands around the standard's response, not in it
};
constexpr Part kClientData{"client_data_json", "clientDataJSON"};
constexpr Part kAttestationObject{"attestation_object", "attestationObject"};
constexpr Part kTransportList{"transports", "transports"};
constexpr Part kCredentialId{.flat = "credential_id", .standard = "rawId", .is_outer = true};
constexpr Part kAuthenticatorData{"authenticator_data", "authenticatorData"};
constexpr Part kSignature{"signature", "signature"};
constexpr Part kUserHandle{"user_handle", "userHandle"};
// A registration's standard form repeats the authenticator data, for those who cannot read CBOR.
constexpr Part kFlatAuthenticatorData{"authenticator_data", ""};

using PartList = std::initializer_list<Part>;

bool is_string(const json::value* value) {
  return value != nullptr && value->is_string();
}

/// One answer, wherever its parts lie: flat in the body, or in the standard form.
class Answer {
 public:
  /// Step 3: one of the forms, with all of this ceremony's parts and none of the other's.
  static Verdict<Answer> read(const json::object& body, PartList own, PartList foreign) {
    const auto is_in_body = [&body](const Part& part) { return body.contains(part.flat); };
    const bool is_flat = std::ranges::any_of(own, is_in_body) || std::ranges::any_of(foreign, is_in_body);
    const bool is_standard = body.contains("credential") || body.contains("response");
    if (is_flat && is_standard) return refuse(3, "two forms at once");
    if (is_flat) return Answer(body, body, &Part::flat).with(own, foreign);

    const auto* credential = body.if_contains("credential");
    if (credential != nullptr && !credential->is_object()) return refuse(3, "the credential is not an object");
    const auto& outer = credential == nullptr ? body : credential->get_object();
    const auto* response = outer.if_contains("response");
    if (response == nullptr || !response->is_object()) return refuse(3, "the response is missing or not an object");
    if (const auto framed = check_frame(outer); !framed) return framed.error();
    return Answer(outer, response->get_object(), &Part::standard).with(own, foreign);
  }

  /// Step 4: results of extensions, if any, are an object. Nothing here depends on what is in it.
  [[nodiscard]] Verdict<void> check_extensions() const {
    const auto* results = outer_->if_contains(is_flat() ? "client_extension_results" : "clientExtensionResults");
    if (results == nullptr) return {};
    if (!results->is_object()) return refuse(4, "the client extension results are not an object");
    if (results->get_object().size() > kMostExtensions) return refuse(4, "too many client extension results");
    return {};
  }

  /// The bytes of a part that is there; refused at `step` where they are not base64url without padding, or too many.
  [[nodiscard]] Verdict<Bytes> bytes(const Part& part, std::size_t most, int step) const {
    auto bytes = crypto::base64url_decode(find(part)->get_string());
    if (!bytes) return refuse(step, std::string(part.flat) + " is not base64url without padding");
    if (bytes->size() > most) return refuse(step, std::string(part.flat) + " is too long");
    return *std::move(bytes);
  }

  [[nodiscard]] const json::value* find(const Part& part) const {
    const auto name = part.*name_;
    if (name.empty()) return nullptr;
    return (part.is_outer ? outer_ : inner_)->if_contains(name);
  }

 private:
  Answer(const json::object& outer, const json::object& inner, std::string_view Part::* name)
      : outer_(&outer), inner_(&inner), name_(name) {}

  static Verdict<void> check_frame(const json::object& outer) {
    const auto* type = outer.if_contains("type");
    if (!is_string(type) || type->get_string() != "public-key") return refuse(3, "the type is not public-key");
    const auto* id = outer.if_contains("id");
    const auto* raw_id = outer.if_contains("rawId");
    if (!is_string(id) || !is_string(raw_id) || id->get_string() != raw_id->get_string()) {
      return refuse(3, "id and rawId are not one string");
    }
    return {};
  }

  [[nodiscard]] Verdict<Answer> with(PartList own, PartList foreign) const {
    for (const auto& part : foreign) {
      if (find(part) != nullptr) return refuse(3, "fields of the other ceremony");
    }
    for (const auto& part : own) {
      if (!is_string(find(part))) return refuse(3, std::string(part.flat) + " is missing or no string");
    }
    return *this;
  }

  [[nodiscard]] bool is_flat() const { return name_ == &Part::flat; }

  const json::object* outer_;
  const json::object* inner_;
  std::string_view Part::* name_;
};

/// Names that are known, each once; others are none of ours to keep.
Verdict<std::vector<std::string>> read_transports(const json::value* given) {
  std::vector<std::string> transports;
  if (given == nullptr || given->is_null()) return transports;
  if (!given->is_array()) return refuse(3, "the transports are not an array");
  for (const auto& one : given->get_array()) {
    if (!one.is_string()) return refuse(3, "a transport is no string");
    const std::string_view name(one.get_string());
    if (std::ranges::find(kTransports, name) != kTransports.end()) transports.emplace_back(name);
  }
  std::ranges::sort(transports);
  const auto twice = std::ranges::unique(transports);
  transports.erase(twice.begin(), twice.end());
  return transports;
}

/// Nothing where none was sent, or an empty one: some authenticators know their users by the credential alone.
Verdict<std::optional<Bytes>> read_user_handle(const Answer& answer) {
  using Handle = std::optional<Bytes>;
  const auto* given = answer.find(kUserHandle);
  if (given == nullptr || given->is_null()) return Handle();
  if (!given->is_string()) return refuse(3, "user_handle is no string");
  auto bytes = answer.bytes(kUserHandle, kLongestPart, 6);
  if (!bytes) return bytes.error();
  return bytes->empty() ? Handle() : Handle(*std::move(bytes));
}

}  // namespace

Verdict<RegistrationResponse> read_registration(const json::object& body) {
  const auto answer =
      Answer::read(body, {kClientData, kAttestationObject}, {kSignature, kFlatAuthenticatorData, kUserHandle});
  if (!answer) return answer.error();
  auto transports = read_transports(answer->find(kTransportList));
  if (!transports) return transports.error();
  if (const auto extensions = answer->check_extensions(); !extensions) return extensions.error();
  auto client_data = answer->bytes(kClientData, kLongestClientData, 5);
  if (!client_data) return client_data.error();
  auto object = answer->bytes(kAttestationObject, kLongestObject, 13);
  if (!object) return object.error();
  return RegistrationResponse{*std::move(client_data), *std::move(object), *std::move(transports)};
}

Verdict<AuthenticationResponse> read_authentication(const json::object& body) {
  const auto answer =
      Answer::read(body, {kCredentialId, kClientData, kAuthenticatorData, kSignature}, {kAttestationObject});
  if (!answer) return answer.error();
  auto id = answer->bytes(kCredentialId, kLongestPart, 3);
  if (!id) return id.error();
  if (const auto extensions = answer->check_extensions(); !extensions) return extensions.error();
  auto handle = read_user_handle(*answer);
  if (!handle) return handle.error();
  auto client_data = answer->bytes(kClientData, kLongestClientData, 7);
  if (!client_data) return client_data.error();
  auto data = answer->bytes(kAuthenticatorData, kLongestPart, 7);
  if (!data) return data.error();
  auto signature = answer->bytes(kSignature, kLongestPart, 7);
  if (!signature) return signature.error();
  return AuthenticationResponse{*std::move(id), *std::move(client_data), *std::move(data), *std::move(signature),
                                *std::move(handle)};
}

}  // namespace secureauth::webauthn
