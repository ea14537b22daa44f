#include "mfa/webauthn/key_description.hpp"

#include "crypto/quiet_errors.hpp"

#include <openssl/asn1.h>
#include <openssl/asn1t.h>

#include <memory>

namespace secureauth::webauthn {
namespace {

struct Asn1KeyDescription {
  ASN1_INTEGER* attestation_version;
  ASN1_ENUMERATED* attestation_security_level;
  ASN1_INTEGER* key_store_version;
  ASN1_ENUMERATED* key_store_security_level;
  ASN1_OCTET_STRING* challenge;
  ASN1_OCTET_STRING* unique_id;
  STACK_OF(ASN1_TYPE) * software_enforced;
  STACK_OF(ASN1_TYPE) * hardware_enforced;
};
// An AuthorizationList is a sequence of optional explicit tags, more with every version: read as whatever they are.
// NOLINTBEGIN: OpenSSL's macros, which clang-format takes for the beginning of what follows
// clang-format off
ASN1_SEQUENCE(Asn1KeyDescription) = {
  ASN1_SIMPLE(Asn1KeyDescription, attestation_version, ASN1_INTEGER),
  ASN1_SIMPLE(Asn1KeyDescription, attestation_security_level, ASN1_ENUMERATED),
  ASN1_SIMPLE(Asn1KeyDescription, key_store_version, ASN1_INTEGER),
  ASN1_SIMPLE(Asn1KeyDescription, key_store_security_level, ASN1_ENUMERATED),
  ASN1_SIMPLE(Asn1KeyDescription, challenge, ASN1_OCTET_STRING),
  ASN1_SIMPLE(Asn1KeyDescription, unique_id, ASN1_OCTET_STRING),
  ASN1_SEQUENCE_OF(Asn1KeyDescription, software_enforced, ASN1_ANY),
  ASN1_SEQUENCE_OF(Asn1KeyDescription, hardware_enforced, ASN1_ANY),
} static_ASN1_SEQUENCE_END(Asn1KeyDescription)
// NOLINTEND
void free_description(Asn1KeyDescription* description) {
  ASN1_item_free(reinterpret_cast<ASN1_VALUE*>(description), ASN1_ITEM_rptr(Asn1KeyDescription));
}
// clang-format on
using Description = std::unique_ptr<Asn1KeyDescription, decltype(&free_description)>;

Description decode(std::span<const std::byte> der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  auto* const value = ASN1_item_d2i(nullptr, &at, static_cast<long>(der.size()), ASN1_ITEM_rptr(Asn1KeyDescription));
  Description description(reinterpret_cast<Asn1KeyDescription*>(value), &free_description);
  if (at != end) description.reset();
  return description;
}

struct Authorization {
  int tag = 0;
  const unsigned char* content = nullptr;
  long size = 0;
};

/// What is inside an explicit tag, [600] EXPLICIT NULL say.
std::optional<Authorization> opened(const ASN1_TYPE* value) {
  if (ASN1_TYPE_get(value) != V_ASN1_OTHER) return std::nullopt;  // which is OpenSSL's word for tags like these
  const auto* at = ASN1_STRING_get0_data(value->value.asn1_string);
  const auto* const end = at + ASN1_STRING_length(value->value.asn1_string);
  Authorization found;
  int tag_class = 0;
  constexpr int kConstructed = V_ASN1_CONSTRUCTED;  // and neither faulty nor of indefinite length
  const int form = ASN1_get_object(&at, &found.size, &found.tag, &tag_class, end - at);
  if (form != kConstructed || tag_class != V_ASN1_CONTEXT_SPECIFIC || at + found.size != end) return std::nullopt;
  found.content = at;
  return found;
}

std::optional<std::int64_t> number(const ASN1_INTEGER* integer) {
  std::int64_t value = 0;
  if (ASN1_INTEGER_get_int64(&value, integer) != 1) return std::nullopt;
  return value;
}

bool add_integer(const Authorization& from, std::set<std::int64_t>& to) {
  const auto* at = from.content;
  const std::unique_ptr<ASN1_INTEGER, decltype(&ASN1_INTEGER_free)> integer(d2i_ASN1_INTEGER(nullptr, &at, from.size),
                                                                            &ASN1_INTEGER_free);
  if (!integer || at != from.content + from.size) return false;
  const auto value = number(integer.get());
  if (value) to.insert(*value);
  return value.has_value();
}

void free_set(ASN1_SEQUENCE_ANY* set) {
  sk_ASN1_TYPE_pop_free(set, &ASN1_TYPE_free);
}

bool add_integers(const Authorization& from, std::set<std::int64_t>& to) {
  const auto* at = from.content;
  const std::unique_ptr<ASN1_SEQUENCE_ANY, decltype(&free_set)> set(d2i_ASN1_SET_ANY(nullptr, &at, from.size),
                                                                    &free_set);
  if (!set || at != from.content + from.size) return false;
  for (int i = 0; i < sk_ASN1_TYPE_num(set.get()); ++i) {
    const auto* item = sk_ASN1_TYPE_value(set.get(), i);
    const auto value = ASN1_TYPE_get(item) == V_ASN1_INTEGER ? number(item->value.integer) : std::nullopt;
    if (!value) return false;
    to.insert(*value);
  }
  return true;
}

/// Tags of AuthorizationList.
constexpr int kPurpose = 1;
constexpr int kAllApplications = 600;
constexpr int kOrigin = 702;

bool add_list(const STACK_OF(ASN1_TYPE) * list, KeyDescription& to) {
  int last = 0;
  for (int i = 0; i < sk_ASN1_TYPE_num(list); ++i) {
    const auto authorization = opened(sk_ASN1_TYPE_value(list, i));
    if (!authorization || authorization->tag <= last) return false;  // rising, so none comes twice
    last = authorization->tag;
    if (last == kAllApplications) to.for_all_applications = true;
    if (last == kPurpose && !add_integers(*authorization, to.purposes)) return false;
    if (last == kOrigin && !add_integer(*authorization, to.origins)) return false;
  }
  return true;
}

}  // namespace

std::optional<KeyDescription> read_key_description(std::span<const std::byte> der) {
  const crypto::QuietErrors quiet;
  const auto decoded = decode(der);
  KeyDescription description;
  const bool whole =
      decoded && add_list(decoded->software_enforced, description) && add_list(decoded->hardware_enforced, description);
  if (!whole) return std::nullopt;
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(decoded->challenge));
  const auto challenge = std::as_bytes(std::span(ASN1_STRING_get0_data(decoded->challenge), size));
  description.challenge.assign(challenge.begin(), challenge.end());
  return description;
}

}  // namespace secureauth::webauthn
