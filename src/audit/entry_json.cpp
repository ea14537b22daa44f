#include "audit/entry_json.hpp"

#include "crypto/encoding.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

namespace secureauth::audit {
namespace {

constexpr std::array<std::string_view, 8> kTexts = {"id", "at",         "event",      "outcome",
                                                    "ip", "user_agent", "request_id", "details"};
constexpr std::array<std::string_view, 4> kOptional = {"actor_id", "subject_id", "session_id", "mac"};

boost::json::value text_or_null(std::optional<std::string_view> text) {
  if (!text) return nullptr;
  return boost::json::value(*text);
}

std::string_view text_in(const boost::json::object& object, std::string_view name) {
  return object.at(name).get_string();
}

std::optional<std::string_view> optional_in(const boost::json::object& object, std::string_view name) {
  const auto& value = object.at(name);
  if (value.is_null()) return std::nullopt;
  return value.get_string();
}

}  // namespace

boost::json::object as_json(const EntryRow& row) {
  const auto& text = row.text;
  return {{"id", text.id},
          {"at", text.at},
          {"event", text.event},
          {"outcome", text.outcome},
          {"actor_id", text_or_null(text.actor)},
          {"subject_id", text_or_null(text.subject)},
          {"session_id", text_or_null(text.session)},
          {"ip", text.ip},
          {"user_agent", text.user_agent},
          {"request_id", text.request_id},
          {"details", text.details},
          {"mac", row.mac.empty() ? boost::json::value(nullptr) : boost::json::value(crypto::base64_encode(row.mac))}};
}

std::optional<EntryFromJson> EntryFromJson::read(const boost::json::value& json) {
  const auto* object = json.if_object();
  if (object == nullptr) return std::nullopt;
  const auto is_text = [object](std::string_view name) {
    const auto* value = object->if_contains(name);
    return value != nullptr && value->is_string();
  };
  const auto is_text_or_null = [object, &is_text](std::string_view name) {
    const auto* value = object->if_contains(name);
    return is_text(name) || (value != nullptr && value->is_null());
  };
  if (!std::ranges::all_of(kTexts, is_text) || !std::ranges::all_of(kOptional, is_text_or_null)) return std::nullopt;
  EntryFromJson entry;
  entry.object_ = *object;
  if (const auto mac = optional_in(*object, "mac")) {
    auto decoded = crypto::base64_decode(*mac);
    if (!decoded || decoded->empty()) return std::nullopt;
    entry.mac_ = *std::move(decoded);
  }
  return entry;
}

EntryRow EntryFromJson::row() const {
  return {.text = {.id = text_in(object_, "id"),
                   .at = text_in(object_, "at"),
                   .event = text_in(object_, "event"),
                   .outcome = text_in(object_, "outcome"),
                   .actor = optional_in(object_, "actor_id"),
                   .subject = optional_in(object_, "subject_id"),
                   .session = optional_in(object_, "session_id"),
                   .ip = text_in(object_, "ip"),
                   .user_agent = text_in(object_, "user_agent"),
                   .request_id = text_in(object_, "request_id"),
                   .details = text_in(object_, "details")},
          .mac = mac_};
}

crypto::Sha256 EntryFromJson::leaf() const {
  const auto entry = row();
  std::string canonical;
  append_canonical(canonical, entry.text);
  return leaf_hash(canonical, entry.mac);
}

}  // namespace secureauth::audit
