#pragma once

#include "core/error.hpp"
#include "crypto/secret_bytes.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::http {

/// Reads a body's fields into typed values and gathers every mistake, so that one 422 tells them all. Unknown fields
/// are ignored. Usage: read each field, then return `error()` if there is one.
class FieldReader {
 public:
  explicit FieldReader(const boost::json::value& body);

  [[nodiscard]] std::string text(std::string_view name);
  [[nodiscard]] crypto::SecretBytes secret(std::string_view name);
  [[nodiscard]] std::optional<std::string> optional_text(std::string_view name);
  /// Must be there; null is nothing.
  [[nodiscard]] std::optional<std::string> text_or_null(std::string_view name);
  [[nodiscard]] bool optional_switch(std::string_view name, bool otherwise);

  /// Records a refusal that a rule beyond the type found.
  void refuse(std::string_view field, std::string_view code, std::string_view message);

  /// Takes a rule's verdict on one field: its value, or its refusal recorded under `field`.
  template <class T>
  std::optional<T> check(std::string_view field, Result<T> verdict) {
    if (verdict) return std::move(*verdict);
    if (!refused(field)) adopt(field, verdict.error());
    return std::nullopt;
  }
  void check(std::string_view field, const Result<void>& verdict) {
    if (!verdict && !refused(field)) adopt(field, verdict.error());
  }

  [[nodiscard]] std::optional<Error> error() const;

 private:
  [[nodiscard]] const boost::json::string* required(std::string_view name);
  [[nodiscard]] bool refused(std::string_view field) const;
  void adopt(std::string_view field, const Error& error);

  const boost::json::object* object_ = nullptr;
  std::vector<FieldError> errors_;
};

}  // namespace secureauth::http
