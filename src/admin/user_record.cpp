#include "admin/user_record.hpp"

#include "accounts/display_name.hpp"
#include "crypto/uuid.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace secureauth::admin {
namespace {

namespace json = boost::json;

/// What is wrong with a line; becomes the refusal. Never leaves this file.
struct Refused {
  Error error;
};

[[noreturn]] void refuse(std::string field, std::string message) {
  throw Refused{Error(std::vector<FieldError>{{std::move(field), "invalid", std::move(message)}})};
}

constexpr std::array<std::string_view, 11> kFields = {
    "email",  "password_hash", "name", "email_verified",      "email_verified_at", "role", "status",
    "locale", "created_at",    "id",   "password_must_change"};

/// The fields of one line. Each reader gives nothing for an absent field, and throws Refused for a wrong one.
class Fields {
 public:
  explicit Fields(const json::object& object) : object_(object) {
    for (const auto& member : object) {
      if (std::ranges::find(kFields, std::string_view(member.key())) == kFields.end()) {
        refuse("", "There is a field that no account has.");
      }
    }
  }

  [[nodiscard]] bool has(std::string_view name) const { return object_.contains(name); }
  [[nodiscard]] bool is_null(std::string_view name) const { return has(name) && object_.at(name).is_null(); }

  [[nodiscard]] std::optional<std::string> text(std::string_view name) const {
    if (!has(name)) return std::nullopt;
    const auto* found = object_.at(name).if_string();
    if (found == nullptr) refuse(std::string(name), "The field " + std::string(name) + " is not text.");
    return std::string(*found);
  }

  [[nodiscard]] std::optional<std::string> text_or_null(std::string_view name) const {
    if (is_null(name)) return std::nullopt;
    return text(name);
  }

  [[nodiscard]] std::optional<bool> truth(std::string_view name) const {
    if (!has(name)) return std::nullopt;
    const auto* found = object_.at(name).if_bool();
    if (found == nullptr) refuse(std::string(name), "The field " + std::string(name) + " is neither true nor false.");
    return *found;
  }

  [[nodiscard]] std::optional<Timestamp> time(std::string_view name) const {
    const auto written = text_or_null(name);
    if (!written) return std::nullopt;
    try {
      return from_rfc3339(*written);
    } catch (const std::invalid_argument&) {
      refuse(std::string(name), "The field " + std::string(name) + " is not a time such as 2019-04-01T12:00:00Z.");
    }
  }

  /// One of several words.
  template <class T>
  [[nodiscard]] std::optional<T> choice(std::string_view name, std::initializer_list<T> values) const {
    const auto written = text_or_null(name);
    if (!written) return std::nullopt;
    std::string known;
    for (const auto value : values) {
      if (accounts::to_text(value) == *written) return value;
      known += (known.empty() ? "" : ", ") + std::string(accounts::to_text(value));
    }
    refuse(std::string(name), "The field " + std::string(name) + " is none of " + known + ".");
  }

 private:
  const json::object& object_;
};

template <class T>
T value_or_refuse(Result<T> result) {
  if (!result) throw Refused{result.error()};
  return *std::move(result);
}

accounts::EmailAddress email_of(const Fields& fields) {
  const auto written = fields.text("email");
  if (!written) refuse("email", "The field email is missing.");
  return value_or_refuse(accounts::EmailAddress::parse(*written));
}

std::optional<std::string> name_of(const Fields& fields) {
  const auto written = fields.text_or_null("name");
  if (!written) return std::nullopt;
  return value_or_refuse(accounts::parse_display_name(*written));
}

std::optional<UserId> id_of(const Fields& fields) {
  const auto written = fields.text_or_null("id");
  if (!written) return std::nullopt;
  if (!crypto::is_uuid(*written)) refuse("id", "The field id is not a UUID in lower case.");
  return UserId(*written);
}

std::optional<Timestamp> verified_at_of(const Fields& fields, Timestamp created_at) {
  const auto verified = fields.truth("email_verified");
  if (!fields.has("email_verified_at")) {
    if (verified.value_or(true)) return created_at;
    return std::nullopt;
  }
  const auto at = fields.time("email_verified_at");
  if (verified && *verified != at.has_value()) {
    refuse("email_verified", "The fields email_verified and email_verified_at contradict each other.");
  }
  return at;
}

/// A language tag (BCP 47) in form: letters and digits in groups of up to eight.
std::string locale_of(const Fields& fields) {
  auto locale = fields.text_or_null("locale").value_or("en");
  std::size_t group = 0;
  bool sound = locale.size() >= 2 && locale.size() <= 35;
  for (const char c : locale) {
    const bool sign = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    sound = sound && (sign ? group < 8 : c == '-' && group > 0);
    group = sign ? group + 1 : 0;
  }
  if (!sound || group == 0) refuse("locale", "The field locale is not a language tag such as en or pt-BR.");
  return locale;
}

UserRecord record_of(const Fields& fields, Timestamp now) {
  using accounts::PasswordMustChange;
  if (!fields.has("password_hash")) refuse("password_hash", "The field password_hash is missing.");
  const auto created_at = fields.time("created_at").value_or(now);
  return {.id = id_of(fields),
          .email = email_of(fields),
          .email_verified_at = verified_at_of(fields, created_at),
          .name = name_of(fields),
          .password_hash = fields.text_or_null("password_hash"),
          .role = fields.choice("role", {accounts::Role::user, accounts::Role::staff, accounts::Role::admin})
                      .value_or(accounts::Role::user),
          .status = fields.choice("status", {accounts::Status::active, accounts::Status::disabled})
                        .value_or(accounts::Status::active),
          .created_at = created_at,
          .locale = locale_of(fields),
          .password_must_change =
              fields.choice("password_must_change",
                            {PasswordMustChange::initial, PasswordMustChange::staff, PasswordMustChange::compromised})};
}

template <class T>
json::value or_null(const std::optional<T>& value, auto written) {
  return value ? json::value(written(*value)) : json::value(nullptr);
}

}  // namespace

Result<UserRecord> parse_user_record(std::string_view line, Timestamp now) {
  try {
    json::error_code ec;
    const auto value = json::parse(line, ec);
    if (ec || !value.is_object()) refuse("", "The line is not a JSON object.");
    return record_of(Fields(value.get_object()), now);
  } catch (Refused& refused) {
    return std::move(refused.error);
  }
}

std::string user_record_line(const UserRecord& record) {
  const auto as_is = [](const std::string& text) { return text; };
  const json::object object = {
      {"id", or_null(record.id, [](const UserId& id) { return id.text(); })},
      {"email", record.email.spelling()},
      {"email_verified_at", or_null(record.email_verified_at, to_rfc3339)},
      {"name", or_null(record.name, as_is)},
      {"password_hash", or_null(record.password_hash, as_is)},
      {"role", accounts::to_text(record.role)},
      {"status", accounts::to_text(record.status)},
      {"created_at", to_rfc3339(record.created_at)},
      {"locale", record.locale},
      {"password_must_change", or_null(record.password_must_change, [](accounts::PasswordMustChange why) {
         return std::string(accounts::to_text(why));
       })}};
  return json::serialize(object);
}

}  // namespace secureauth::admin
