#include "mfa/webauthn/response_json.hpp"

#include "crypto/encoding.hpp"
#include "mfa/webauthn/client_data.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace secureauth::webauthn {
namespace {

namespace json = boost::json;
using Bytes = std::vector<std::byte>;

constexpr std::size_t kLongestObject = std::size_t{32} * 1024;
constexpr std::size_t kLongestPart = 4096;  // authenticator data, signature, id, user handle
constexpr std::size_t kMostExtensions = 64;
constexpr std::size_t kMostTransports = 8;
constexpr std::array<std::string_view, 6> kTransports{"ble", "hybrid", "internal", "nfc", "smart-card", "usb"};

Refusal refuse(int step, std::string detail) {
  return {.step = step, .detail = std::move(detail)};
}

/// One answer, wherever its parts lie: flat in the body, or in the standard form.
class Parts {
 public:
  /// Step 3: one of the forms, with all of this ceremony's parts and none of the other's.
  static Verdict<Parts> find(const json::object& body, std::string_view own, std::string_view foreign,
                             std::string_view own_standard, std::string_view foreign_standard) {
    const auto* credential = body.if_contains("credential");
    const bool is_flat = body.contains("client_data_json") || body.contains(own) || body.contains(foreign);
    if ((credential != nullptr || body.contains("response")) && is_flat) return refuse(3, "two forms at once");
    if (credential != nullptr && !credential->is_object()) return refuse(3, "the credential is not an object");
    const auto& outer = credential != nullptr ? credential->get_object() : body;
    if (is_flat) {
      if (body.contains(foreign)) return refuse(3, "fields of the other ceremony");
      return Parts(body, body, false);
    }
    const auto* response = outer.if_contains("response");
    if (response == nullptr || !response->is_object()) return refuse(3, "the response is missing");
    const auto& inner = response->get_object();
    if (!inner.contains(own_standard) || inner.contains(foreign_standard)) {
      return refuse(3, "fields of the other ceremony");
    }
    const auto* type = outer.if_contains("type");
    if (type == nullptr || *type != json::value("public-key")) return refuse(3, "the type is not public-key");
    const auto* id = outer.if_contains("id");
    const auto* raw_id = outer.if_contains("rawId");
    if (id == nullptr || raw_id == nullptr || *id != *raw_id) return refuse(3, "id and rawId differ");
    return Parts(outer, inner, true);
  }

  /// Step 4: results of extensions, if any, are an object; nothing here asks for what is in it.
  [[nodiscard]] Verdict<void> check_extensions() const {
    const auto* results = outer_->if_contains(standard_ ? "clientExtensionResults" : "client_extension_results");
    if (results == nullptr) return {};
    if (!results->is_object()) return refuse(4, "the client extension results are not an object");
    if (results->get_object().size() > kMostExtensions) return refuse(4, "too many client extension results");
    return {};
  }

  /// A part's bytes, `step` where it is missing or not base64url without padding.
  [[nodiscard]] Verdict<Bytes> bytes(std::string_view flat, std::string_view in_standard, std::size_t most,
                                     int step) const {
    const auto* value = inner_->if_contains(standard_ ? in_standard : flat);
    return decode(value, flat, most, step);
  }
  [[nodiscard]] Verdict<Bytes> credential_id() const {
    const auto* value = outer_->if_contains(standard_ ? "rawId" : "credential_id");
    return decode(value, "credential_id", kLongestPart, 3);
  }
  [[nodiscard]] const json::value* find(std::string_view flat, std::string_view in_standard) const {
    return inner_->if_contains(standard_ ? in_standard : flat);
  }

 private:
  Parts(const json::object& outer, const json::object& inner, bool standard)
      : outer_(&outer), inner_(&inner), standard_(standard) {}

  static Verdict<Bytes> decode(const json::value* value, std::string_view name, std::size_t most, int step) {
    if (value == nullptr || !value->is_string()) return refuse(3, std::string(name) + " is missing or no string");
    const std::string_view text(value->get_string());
    if (text.size() > most * 4 / 3 + 3) return refuse(step, std::string(name) + " is too long");
    auto bytes = crypto::base64url_decode(text);
    if (!bytes) return refuse(step, std::string(name) + " is not base64url without padding");
    return *std::move(bytes);
  }

  const json::object* outer_;
  const json::object* inner_;
  bool standard_;
};

/// Step 27: names that are known, each once; others are none of ours to keep (§5.8.4).
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
  if (transports.size() > kMostTransports) transports.resize(kMostTransports);
  return transports;
}

}  // namespace

Verdict<RegistrationResponse> read_registration(const json::object& body) {
  const auto parts = Parts::find(body, "attestation_object", "signature", "attestationObject", "signature");
  if (!parts) return parts.error();
  if (const auto extensions = parts->check_extensions(); !extensions) return extensions.error();
  auto client_data = parts->bytes("client_data_json", "clientDataJSON", kLongestClientData, 5);
  if (!client_data) return client_data.error();
  auto object = parts->bytes("attestation_object", "attestationObject", kLongestObject, 13);
  if (!object) return object.error();
  auto transports = read_transports(parts->find("transports", "transports"));
  if (!transports) return transports.error();
  return RegistrationResponse{*std::move(client_data), *std::move(object), *std::move(transports)};
}

Verdict<AuthenticationResponse> read_authentication(const json::object& body) {
  const auto parts = Parts::find(body, "signature", "attestation_object", "signature", "attestationObject");
  if (!parts) return parts.error();
  if (const auto extensions = parts->check_extensions(); !extensions) return extensions.error();
  AuthenticationResponse response;
  auto id = parts->credential_id();
  if (!id) return id.error();
  auto client_data = parts->bytes("client_data_json", "clientDataJSON", kLongestClientData, 8);
  if (!client_data) return client_data.error();
  auto data = parts->bytes("authenticator_data", "authenticatorData", kLongestPart, 7);
  if (!data) return data.error();
  auto signature = parts->bytes("signature", "signature", kLongestPart, 7);
  if (!signature) return signature.error();
  const auto* handle = parts->find("user_handle", "userHandle");
  if (handle != nullptr && !handle->is_null()) {
    auto given = parts->bytes("user_handle", "userHandle", kLongestPart, 6);
    if (!given) return given.error();
    // An authenticator that knows its user only by the credential says so by an empty handle.
    if (!given->empty()) response.user_handle = *std::move(given);
  }
  response.credential_id = *std::move(id);
  response.client_data_json = *std::move(client_data);
  response.authenticator_data = *std::move(data);
  response.signature = *std::move(signature);
  return response;
}

}  // namespace secureauth::webauthn
