#include "sessions/session_record.hpp"

#include <boost/json.hpp>

namespace secureauth::sessions {
namespace {

namespace json = boost::json;

constexpr int kVersion = 4;

std::int64_t micros(Timestamp time) {
  return time.time_since_epoch().count();
}

json::value optional_micros(std::optional<Timestamp> time) {
  if (!time) return nullptr;
  return micros(*time);
}

json::value optional_factor(std::optional<accounts::Factor> factor) {
  if (!factor) return nullptr;
  return json::value(accounts::to_text(*factor));
}

Timestamp time_at(const json::object& object, std::string_view name) {
  return Timestamp(std::chrono::microseconds(object.at(name).as_int64()));
}

std::string text_at(const json::object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

json::object from_user(const accounts::User& user) {
  return {{"id", user.id.text()},
          {"email", user.email},
          {"name", user.name ? json::value(*user.name) : json::value(nullptr)},
          {"email_verified", user.email_verified},
          {"role", accounts::to_text(user.role)},
          {"status", accounts::to_text(user.status)},
          {"created_at", micros(user.created_at)},
          {"locale", user.locale},
          {"second_factors", accounts::to_text(user.second_factors)},
          {"must_enrol_factor", user.must_enrol_factor}};
}

accounts::User to_user(const json::object& object) {
  const auto& name = object.at("name");
  return {.id = UserId(text_at(object, "id")),
          .email = text_at(object, "email"),
          .name = name.is_null() ? std::nullopt : std::optional(std::string(name.as_string())),
          .email_verified = object.at("email_verified").as_bool(),
          .role = accounts::role_from(object.at("role").as_string()).value(),
          .status = accounts::status_from(object.at("status").as_string()),
          .created_at = time_at(object, "created_at"),
          .locale = text_at(object, "locale"),
          .second_factors = accounts::factors_from(object.at("second_factors").as_string()),
          .must_enrol_factor = object.at("must_enrol_factor").as_bool()};
}

SessionRecord read(const json::object& object, const TokenHash& hash) {
  Assurance assurance{
      .aal = static_cast<int>(object.at("aal").as_int64()), .amr = {}, .auth_time = time_at(object, "auth_time")};
  if (const auto& at = object.at("stepped_up_at"); !at.is_null())
    assurance.stepped_up_at = time_at(object, "stepped_up_at");
  if (const auto& factor = object.at("factor"); !factor.is_null())
    assurance.factor = accounts::factor_from(factor.as_string());
  for (const auto& method : object.at("amr").as_array()) assurance.amr.emplace_back(method.as_string());
  Session session{.id = SessionId(text_at(object, "id")),
                  .token_hash = hash,
                  .user = to_user(object.at("user").as_object()),
                  .assurance = std::move(assurance),
                  .created_at = time_at(object, "created_at"),
                  .expires_at = time_at(object, "expires_at"),
                  .activity = std::make_shared<Activity>(),
                  .profile = {}};
  session.profile = compose_profile(session.user, session.assurance);
  session.activity->last_used = object.at("last_used_at").as_int64();
  session.activity->persisted = object.at("last_used_at").as_int64();
  return {std::move(session), time_at(object, "read_at")};
}

}  // namespace

std::string encode(const SessionRecord& record) {
  const auto& session = record.session;
  const json::object object{{"v", kVersion},
                            {"id", session.id.text()},
                            {"user", from_user(session.user)},
                            {"aal", session.assurance.aal},
                            {"amr", json::value_from(session.assurance.amr)},
                            {"auth_time", micros(session.assurance.auth_time)},
                            {"stepped_up_at", optional_micros(session.assurance.stepped_up_at)},
                            {"factor", optional_factor(session.assurance.factor)},
                            {"created_at", micros(session.created_at)},
                            {"expires_at", micros(session.expires_at)},
                            {"last_used_at", session.activity->persisted.load()},
                            {"read_at", micros(record.read_at)}};
  return json::serialize(object);
}

std::optional<SessionRecord> decode_record(std::string_view text, const TokenHash& hash) {
  boost::system::error_code ec;
  const auto value = json::parse(text, ec);
  if (ec || !value.is_object()) return std::nullopt;
  const auto& object = value.as_object();
  const auto* version = object.if_contains("v");
  if (version == nullptr || *version != json::value(kVersion)) return std::nullopt;
  try {
    return read(object, hash);
  } catch (const std::exception&) {  // another program's idea of this version
    return std::nullopt;
  }
}

}  // namespace secureauth::sessions
