#include "cli/results.hpp"

#include "crypto/uuid.hpp"

namespace secureauth::cli {

std::string explain(const Error& error) {
  if (!error.fields.empty()) return error.fields.front().message;
  return error.detail.empty() ? "refused" : error.detail;
}

admin::Target target_from(std::string_view text) {
  if (crypto::is_uuid(text)) return UserId(std::string(text));
  return value_or_throw(accounts::EmailAddress::parse(text));
}

}  // namespace secureauth::cli
