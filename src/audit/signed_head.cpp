#include "audit/signed_head.hpp"

#include "core/json.hpp"
#include "crypto/encoding.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <stdexcept>

namespace secureauth::audit {
namespace {

constexpr std::string_view kVersion = "secureauth audit head v1";
constexpr std::size_t kKeyIdDigits = 2 * AuditKeys::kIdBytes;

const boost::json::string* text_in(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr ? value->if_string() : nullptr;
}

/// Reads exactly as many bytes as `out` has.
bool read_bytes(std::optional<std::vector<std::byte>> decoded, std::span<std::byte> out) {
  if (!decoded || decoded->size() != out.size()) return false;
  std::ranges::copy(*decoded, out.begin());
  return true;
}

bool read_size(const boost::json::object& object, std::uint64_t& size) {
  const auto* value = object.if_contains("tree_size");
  const auto* number = value != nullptr ? value->if_int64() : nullptr;
  if (number == nullptr || *number < 0) return false;
  size = static_cast<std::uint64_t>(*number);
  return true;
}

bool read_time(const boost::json::string& text, Timestamp& time) {
  try {
    time = from_rfc3339(text);
    return to_rfc3339(time) == std::string_view(text);  // else it is not what was signed
  } catch (const std::invalid_argument&) {
    return false;
  }
}

bool read_head(const boost::json::object& object, SignedHead& head) {
  const auto* version = text_in(object, "version");
  const auto* root = text_in(object, "root_hash");
  const auto* sealed_at = text_in(object, "sealed_at");
  const auto* key_id = text_in(object, "key_id");
  const auto* signature = text_in(object, "signature");
  if (version == nullptr || root == nullptr || sealed_at == nullptr || key_id == nullptr || signature == nullptr) {
    return false;
  }
  head.key_id = *key_id;
  return *version == kVersion && read_size(object, head.head.tree_size) &&
         read_bytes(crypto::hex_decode(*root), head.head.root) && read_time(*sealed_at, head.head.sealed_at) &&
         key_id->size() == kKeyIdDigits && read_bytes(crypto::base64_decode(*signature), head.signature);
}

}  // namespace

std::string signed_text(const TreeHead& head, std::string_view key_id) {
  std::string text(kVersion);
  text += "\n" + std::to_string(head.tree_size);
  text += "\n" + crypto::hex_encode(head.root);
  text += "\n" + to_rfc3339(head.sealed_at);
  text += "\n";
  text += key_id;
  text += "\n";
  return text;
}

boost::json::object as_json(const SignedHead& head) {
  return {{"version", kVersion},
          {"tree_size", head.head.tree_size},
          {"root_hash", crypto::hex_encode(head.head.root)},
          {"sealed_at", to_rfc3339(head.head.sealed_at)},
          {"key_id", head.key_id},
          {"signature", crypto::base64_encode(head.signature)}};
}

Result<SignedHead> head_from(const boost::json::value& json) {
  SignedHead head;
  const auto* object = json.if_object();
  if (object == nullptr || !read_head(*object, head)) return Error(ErrorCode::invalid_request, "not a signed head");
  return head;
}

Result<SignedHead> head_from_text(std::string_view text) {
  const auto json = parse_json(text);
  if (!json) return Error(ErrorCode::invalid_request, "not a signed head");
  return head_from(*json);
}

HeadSigner::HeadSigner(const AuditKeys& keys)
    : signer_(keys.master(), [](const crypto::KeyGenerations& generations) {
        auto signer = AuditKeys::signer_of(generations.current);
        return Signer{std::move(signer.key_id), crypto::SigningKey(signer.seed)};
      }) {}

SignedHead HeadSigner::sign(const TreeHead& head) const {
  const auto signer = signer_.get();
  const auto text = signed_text(head, signer->key_id);
  return {.head = head, .key_id = signer->key_id, .signature = signer->key.sign(crypto::as_bytes(text))};
}

HeadVerifier::HeadVerifier(const AuditKeys& keys)
    : known_(keys.master(), [](const crypto::KeyGenerations& generations) {
        std::vector<Known> known;
        for (const auto* key : generations.all()) {
          const auto signer = AuditKeys::signer_of(*key);
          known.push_back({signer.key_id, crypto::SigningKey(signer.seed).verify_key()});
        }
        return known;
      }) {}

HeadVerifier::HeadVerifier(std::vector<crypto::VerifyKey> keys)
    : known_([&keys] {
        std::vector<Known> known;
        for (const auto& key : keys) known.push_back({"", key});
        return known;
      }()) {}

HeadVerifier::Verdict HeadVerifier::check(const SignedHead& head) const {
  const auto text = signed_text(head.head, head.key_id);
  auto verdict = Verdict::foreign_key;
  const auto all = known_.get();
  for (const auto& known : *all) {
    if (!known.key_id.empty() && known.key_id != head.key_id) continue;
    if (known.key.accepts(crypto::as_bytes(text), head.signature)) return Verdict::right;
    verdict = Verdict::wrong;
  }
  return verdict;
}

}  // namespace secureauth::audit
