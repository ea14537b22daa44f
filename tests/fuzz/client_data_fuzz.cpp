// Client data (§5.8.1), as a part of a registration without attestation, where no signature covers it, and of an
// assertion, where one does. The steps' order is checked against a second, plainer reading of the same JSON.
#include "core/json.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "vectors.hpp"

#include <algorithm>
#include <string>

namespace secureauth::fuzz {
namespace {

constexpr std::size_t kMostBytes = 8UL * 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool has_text(const boost::json::object& object, std::string_view name, std::string_view wanted) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() && std::string_view(value->get_string()) == wanted;
}

/// Whether a member is as a relying party that takes cross-origin use from one site allows.
bool place_allowed(const boost::json::object& object) {
  const auto* cross = object.if_contains("crossOrigin");
  if (cross != nullptr && !cross->is_bool()) return false;
  const auto* top = object.if_contains("topOrigin");
  return top == nullptr ||
         (cross != nullptr && cross->get_bool() && has_text(object, "topOrigin", relying_party().top_origins.front()));
}

bool looks_right(std::span<const std::byte> bytes, std::string_view type, const Bytes& challenge) {
  auto text = crypto::as_text(bytes);
  if (text.size() > kMostBytes) return false;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const auto value = parse_json(text);
  if (!value || !value->is_object()) return false;
  const auto& object = value->get_object();
  return has_text(object, "type", type) && has_text(object, "challenge", crypto::base64url_encode(challenge)) &&
         has_text(object, "origin", relying_party().origins.front()) && place_allowed(object);
}

void judge_registration(std::span<const std::byte> bytes) {
  const auto& vector = registrations().front();  // without attestation
  const webauthn::AttestationPolicy open{};
  const webauthn::RegistrationResponse response{.client_data_json = copy(bytes),
                                                .attestation_object = vector.response.attestation_object};
  const auto verdict = webauthn::verify_registration(response, expecting(vector, open));
  require(verdict.has_value() == looks_right(bytes, "webauthn.create", vector.challenge),
          "a registration without attestation stands and falls with its client data");
  require(verdict || (verdict.error().step >= 5 && verdict.error().step <= 11), "it falls at a step of client data");
}

void judge_authentication(std::span<const std::byte> bytes) {
  const auto& vector = authentications().front();
  auto response = vector.response;
  response.client_data_json = copy(bytes);
  const auto verdict = webauthn::verify_authentication(response, vector.known, expecting(vector));
  if (verdict) {
    require(response.client_data_json == vector.response.client_data_json, "no signature holds over other client data");
    return;
  }
  const int step = verdict.error().step;
  const bool right = looks_right(bytes, "webauthn.get", vector.challenge);
  require(right ? step == 21 : step >= 8 && step <= 14,
          "wrong client data is refused at its steps, right client data at the signature");
}

}  // namespace
}  // namespace secureauth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace secureauth::fuzz;
  const auto input = std::as_bytes(std::span(data, size));
  judge_registration(input);
  judge_authentication(input);
  return 0;
}
