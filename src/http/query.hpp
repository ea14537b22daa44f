#pragma once

#include "core/error.hpp"
#include "http/request.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::http {

/// A request's query parameters, percent-decoded.
class Query {
 public:
  using Parameters = std::map<std::string, std::string, std::less<>>;

  /// Fails with invalid_request when the query is malformed or names a parameter twice (ASVS 15.3.7).
  [[nodiscard]] static Result<Query> parse(const Request& request) { return parse(request.query); }
  /// The same of a query that stands elsewhere, without its `?`.
  [[nodiscard]] static Result<Query> parse(std::string_view text);

  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;

  [[nodiscard]] const Parameters& all() const { return parameters_; }

  /// The page size of a list: `limit`, from 1 to 200, 50 when absent. Fails with validation_failed.
  [[nodiscard]] Result<int> limit() const;

 private:
  Parameters parameters_;
};

}  // namespace secureauth::http
