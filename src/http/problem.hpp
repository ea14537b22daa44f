#pragma once

#include "core/error.hpp"
#include "http/response.hpp"

#include <string_view>
#include <vector>

namespace secureauth::http {

/// How an ErrorCode looks outside: its HTTP status, its `code`, its title. One table for the whole service.
struct ProblemKind {
  unsigned status;
  std::string_view code;
  std::string_view title;
};

[[nodiscard]] ProblemKind problem_kind(ErrorCode code);

/// Every `code` that there is.
[[nodiscard]] std::vector<std::string_view> problem_codes();

/// The RFC 9457 answer to a refusal, with WWW-Authenticate on 401 and Retry-After on 429 and 503 (RFC 9110).
[[nodiscard]] Response problem(const Error& error, std::string_view request_id);

}  // namespace secureauth::http
