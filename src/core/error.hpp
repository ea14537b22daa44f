#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth {

/// Every refusal the service can answer with: the closed list of `api/openapi.yaml`.
/// Its HTTP status, code and title stand in one table, `http/problem.cpp`.
enum class ErrorCode {
  invalid_request,
  invalid_json,
  unsupported_media_type,
  payload_too_large,
  request_timeout,
  headers_too_large,
  validation_failed,
  unauthenticated,
  invalid_credentials,
  email_not_verified,
  account_disabled,
  password_change_required,
  csrf_failed,
  origin_not_allowed,
  mfa_failed,
  code_already_used,
  challenge_expired,
  invalid_token,
  step_up_required,
  mfa_enrolment_required,
  forbidden,
  not_found,
  method_not_allowed,
  conflict,
  proof_of_work_required,
  rate_limited,
  account_locked,
  overloaded,
  unavailable,
  internal,
};

/// One refused field of a request body or query. `message` is for people, `code` for programs.
struct FieldError {
  std::string field;
  std::string code;
  std::string message;
};

/// What a client must compute before it is listened to; protection/proof_of_work.hpp says how.
struct Puzzle {
  std::string challenge;
  int parts = 0;
  int bits = 0;
};

/// An expected refusal, carried as a value. Faults (database gone, bug) are exceptions instead.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string detail;              ///< one sentence for the client; empty: the title says enough
  std::vector<FieldError> fields;  ///< with validation_failed
  std::optional<std::chrono::seconds> retry_after;
  std::optional<std::vector<std::string>> methods;  ///< with step_up_required: by which the session steps up
  std::optional<Puzzle> puzzle;                     ///< with proof_of_work_required

  Error() = default;
  Error(ErrorCode c) : code(c) {}  // implicit: a code alone is an error
  Error(ErrorCode c, std::string d) : code(c), detail(std::move(d)) {}
  Error(std::vector<FieldError> f) : code(ErrorCode::validation_failed), fields(std::move(f)) {}
};

template <class T>
using Result = boost::system::result<T, Error>;

/// A fault: a store, a file or the machine failed. Ends in 503 (or 500 for any other exception) with the cause logged.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Lets `Result::value()` on a refusal throw: reaching it is a bug, so it surfaces as a 500.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("value() on a refusal: " + error.detail);
}

}  // namespace secureauth
