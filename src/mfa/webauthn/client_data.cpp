#include "mfa/webauthn/client_data.hpp"

#include "core/json.hpp"
#include "core/unicode.hpp"
#include "crypto/encoding.hpp"

#include <algorithm>

namespace secureauth::webauthn {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Steps that both ceremonies have, by their distance from the first of them: 5 of §7.1, 8 of §7.2.
enum Offset { text, json, type, challenge, origin, cross_origin, top_origin };

class Check {
 public:
  Check(Ceremony ceremony, const RelyingParty& relying_party)
      : relying_party_(relying_party),
        first_(ceremony == Ceremony::registration ? 5 : 8),
        type_(ceremony == Ceremony::registration ? "webauthn.create" : "webauthn.get") {}

  [[nodiscard]] Verdict<void> operator()(std::span<const std::byte> bytes, std::span<const std::byte> expected) const {
    // Step 5 | 8: decode as UTF-8, without the byte order mark that may lead.
    if (bytes.size() > kLongestClientData) return refuse(text, "the client data is longer than 8 KiB");
    auto decoded = crypto::as_text(bytes);
    if (!unicode::is_valid(decoded)) return refuse(text, "the client data is not UTF-8");
    if (decoded.starts_with(kByteOrderMark)) decoded.remove_prefix(kByteOrderMark.size());
    if (decoded.starts_with(kByteOrderMark)) return refuse(text, "the client data has two byte order marks");

    // Step 6 | 9: parse.
    const auto parsed = parse_json(decoded);
    if (!parsed) return refuse(json, "the client data is not JSON");
    const auto* members = parsed->if_object();
    if (members == nullptr) return refuse(json, "the client data is not a JSON object");

    // Step 7 | 10: the browser made the call that this ceremony needs.
    if (text_of(*members, "type") != type_) return refuse(type, "the type is not " + std::string(type_));

    // Step 8 | 11: it answers this challenge.
    const auto given = text_of(*members, "challenge");
    const auto answered = given ? crypto::base64url_decode(*given) : std::nullopt;
    if (!answered || expected.empty() || !crypto::equal(*answered, expected))
      return refuse(challenge, "the challenge is another one");

    return check_origins(*members);
  }

 private:
  [[nodiscard]] Verdict<void> check_origins(const boost::json::object& members) const {
    // Step 9 | 12: on a page of ours, byte for byte (§13.4.9).
    if (!is_among(relying_party_.origins, text_of(members, "origin"))) {
      return refuse(origin, "the origin is not among WEBAUTHN_ORIGINS");
    }

    // Step 10 | 13: and not in a frame of another origin, unless that is allowed.
    const auto* framed = members.if_contains("crossOrigin");
    if (framed != nullptr && !framed->is_bool()) return refuse(cross_origin, "crossOrigin is neither true nor false");
    const bool is_cross_origin = framed != nullptr && framed->get_bool();
    if (is_cross_origin && !relying_party_.cross_origin) {
      return refuse(cross_origin, "the page was in a frame of another origin");
    }

    // Step 11 | 14: then in one of a site that is listed.
    if (!members.contains("topOrigin")) return {};
    if (!is_cross_origin) return refuse(top_origin, "topOrigin without crossOrigin");
    if (!is_among(relying_party_.top_origins, text_of(members, "topOrigin"))) {
      return refuse(top_origin, "the top origin is not among WEBAUTHN_TOP_ORIGINS");
    }
    return {};
  }

  [[nodiscard]] Refusal refuse(Offset step, std::string detail) const {
    return {.step = first_ + static_cast<int>(step), .detail = std::move(detail)};
  }

  static std::optional<std::string_view> text_of(const boost::json::object& members, std::string_view name) {
    const auto* value = members.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
  }

  static bool is_among(const std::vector<std::string>& list, std::optional<std::string_view> value) {
    return value && std::ranges::find(list, *value) != list.end();
  }

  const RelyingParty& relying_party_;
  int first_;
  std::string_view type_;
};

}  // namespace

Verdict<crypto::Sha256> check_client_data(Ceremony ceremony, std::span<const std::byte> client_data_json,
                                          std::span<const std::byte> challenge, const RelyingParty& relying_party) {
  const auto checked = Check(ceremony, relying_party)(client_data_json, challenge);
  if (!checked) return checked.error();
  return crypto::sha256(client_data_json);
}

}  // namespace secureauth::webauthn
