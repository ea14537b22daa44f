#include "http/json_body.hpp"

#include <algorithm>

namespace secureauth::http {

namespace bj = boost::json;

FieldReader::FieldReader(const bj::value& body) : object_(body.if_object()) {
  if (object_ == nullptr) refuse("", "type", "The body must be a JSON object.");
}

const bj::string* FieldReader::required(std::string_view name) {
  if (object_ == nullptr) return nullptr;
  const auto* value = object_->if_contains(name);
  if (value == nullptr) {
    refuse(name, "required", "This field is required.");
    return nullptr;
  }
  const auto* text = value->if_string();
  if (text == nullptr) refuse(name, "type", "This field must be a string.");
  return text;
}

std::string FieldReader::text(std::string_view name) {
  const auto* value = required(name);
  return value == nullptr ? std::string{} : std::string(value->data(), value->size());
}

crypto::SecretBytes FieldReader::secret(std::string_view name) {
  const auto* value = required(name);
  return value == nullptr ? crypto::SecretBytes{} : crypto::SecretBytes(std::string_view(value->data(), value->size()));
}

std::optional<std::string> FieldReader::optional_text(std::string_view name) {
  if (object_ == nullptr || object_->if_contains(name) == nullptr) return std::nullopt;
  return text(name);
}

std::optional<std::string> FieldReader::text_or_null(std::string_view name) {
  const auto* value = object_ == nullptr ? nullptr : object_->if_contains(name);
  if (value != nullptr && value->is_null()) return std::nullopt;
  auto given = text(name);
  if (refused(name)) return std::nullopt;
  return given;
}

bool FieldReader::optional_switch(std::string_view name, bool otherwise) {
  const auto* value = object_ == nullptr ? nullptr : object_->if_contains(name);
  if (value == nullptr) return otherwise;
  const auto* given = value->if_bool();
  if (given == nullptr) refuse(name, "type", "This field must be true or false.");
  return given == nullptr ? otherwise : *given;
}

void FieldReader::refuse(std::string_view field, std::string_view code, std::string_view message) {
  errors_.push_back({std::string(field), std::string(code), std::string(message)});
}

bool FieldReader::refused(std::string_view field) const {
  return object_ == nullptr || std::ranges::any_of(errors_, [field](const auto& e) { return e.field == field; });
}

void FieldReader::adopt(std::string_view field, const Error& error) {
  for (const auto& found : error.fields) refuse(field, found.code, found.message);
}

std::optional<Error> FieldReader::error() const {
  if (errors_.empty()) return std::nullopt;
  return Error(errors_);
}

}  // namespace secureauth::http
