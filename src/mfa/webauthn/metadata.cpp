#include "mfa/webauthn/metadata.hpp"

#include "core/ascii.hpp"
#include "crypto/encoding.hpp"
#include "crypto/sha1.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace secureauth::webauthn {
namespace {

namespace bj = boost::json;

/// AuthenticatorStatus values for which a model's attestation or its user verification is worth nothing any more.
/// Source: FIDO Metadata Service v3.0 §3.1.4.
constexpr std::array<std::string_view, 5> kFaults{"REVOKED", "ATTESTATION_KEY_COMPROMISE", "USER_VERIFICATION_BYPASS",
                                                  "USER_KEY_REMOTE_COMPROMISE", "USER_KEY_PHYSICAL_COMPROMISE"};

std::string text_of(const bj::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

const bj::object* object_in(const bj::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

const bj::array& array_in(const bj::object& object, std::string_view name) {
  static const bj::array kNone;
  const auto* const value = object.if_contains(name);
  const auto* const array = value == nullptr ? nullptr : value->if_array();
  return array == nullptr ? kNone : *array;
}

std::vector<std::string> texts_in(const bj::object& object, std::string_view name) {
  std::vector<std::string> texts;
  for (const auto& item : array_in(object, name)) {
    if (item.is_string()) texts.emplace_back(item.get_string());
  }
  return texts;
}

/// 2026-12-01
std::optional<std::chrono::sys_days> date_of(const std::string& text) {
  try {
    return std::chrono::floor<std::chrono::days>(from_rfc3339(text + "T00:00:00Z"));
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

std::optional<std::string> fault_of(const bj::object& entry) {
  for (const auto& report : array_in(entry, "statusReports")) {
    auto status = report.is_object() ? text_of(report.get_object(), "status") : std::string();
    if (std::ranges::find(kFaults, status) != kFaults.end()) return status;
  }
  return std::nullopt;
}

std::vector<Certificate> roots_of(const bj::object& statement) {
  std::vector<Certificate> roots;
  for (auto text : texts_in(statement, "attestationRootCertificates")) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\r'; });  // some are in lines
    const auto der = crypto::base64_decode(text);
    auto root = der ? Certificate::parse(*der) : std::nullopt;
    if (root) roots.push_back(*std::move(root));
  }
  return roots;
}

/// How metadata name a certificate's key: the SHA-1 of its bits (RFC 5280 §4.2.1.2 method 1). A name alone; what is
/// trusted are the model's roots.
std::string key_identifier(const Certificate& certificate) {
  const auto* const bits = X509_get0_pubkey_bitstr(certificate.get());
  const std::span key(ASN1_STRING_get0_data(bits), static_cast<std::size_t>(ASN1_STRING_length(bits)));
  return crypto::hex_encode(crypto::sha1(std::as_bytes(key)));
}

template <class Key>
std::shared_ptr<const AuthenticatorModel> look_up(
    const std::map<Key, std::shared_ptr<const AuthenticatorModel>>& models, const Key& key) {
  const auto found = models.find(key);
  return found == models.end() ? nullptr : found->second;
}

/// Of two entries with one name, the one with a fault counts.
template <class Key>
void keep(std::map<Key, std::shared_ptr<const AuthenticatorModel>>& models, const Key& key,
          const std::shared_ptr<const AuthenticatorModel>& model) {
  const auto [at, is_new] = models.emplace(key, model);
  if (!is_new && model->fault) at->second = model;
}

}  // namespace

boost::system::result<Metadata, std::string> Metadata::read(const bj::object& payload) {
  Metadata metadata;
  const auto* const number = payload.if_contains("no");
  const auto next_update = date_of(text_of(payload, "nextUpdate"));
  if (number == nullptr || !number->is_int64() || number->get_int64() < 0 || !next_update) {
    return std::string("it has no number, or no date of the next update");
  }
  metadata.number_ = number->get_int64();
  metadata.next_update_ = *next_update;
  for (const auto& entry : array_in(payload, "entries")) {
    if (entry.is_object()) metadata.add(entry.get_object());
  }
  if (metadata.entries_ == 0) return std::string("it has no entries");
  return metadata;
}

void Metadata::add(const bj::object& entry) {
  AuthenticatorModel model;
  model.fault = fault_of(entry);
  if (const auto* const statement = object_in(entry, "metadataStatement")) {
    model.description = text_of(*statement, "description");
    model.roots = roots_of(*statement);
  }
  ++entries_;
  faulty_ += model.fault ? 1U : 0U;
  const auto kept = std::make_shared<const AuthenticatorModel>(std::move(model));
  if (const auto aaguid = aaguid_from(text_of(entry, "aaguid"))) keep(by_aaguid_, *aaguid, kept);
  for (const auto& key : texts_in(entry, "attestationCertificateKeyIdentifiers")) {
    keep(by_key_, ascii::lower(key), kept);
  }
}

std::optional<AuthenticatorModel> Metadata::find(const Aaguid& aaguid, std::span<const Certificate> path) const {
  Model model;
  if (!is_zero(aaguid)) {
    model = look_up(by_aaguid_, aaguid);
  } else {
    for (const auto& certificate : path) {
      auto other = look_up(by_key_, key_identifier(certificate));
      if (other && (!model || (other->fault && !model->fault))) model = std::move(other);
    }
  }
  return model ? std::optional(*model) : std::nullopt;
}

}  // namespace secureauth::webauthn
