#include "http/problem.hpp"

#include <stdexcept>

namespace secureauth::http {

ProblemKind problem_kind(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_request:
      return {400, "invalid_request", "The request is malformed."};
    case ErrorCode::invalid_json:
      return {400, "invalid_json", "The body is not acceptable JSON."};
    case ErrorCode::unsupported_media_type:
      return {415, "unsupported_media_type", "The body must be application/json."};
    case ErrorCode::payload_too_large:
      return {413, "payload_too_large", "The body is too large."};
    case ErrorCode::request_timeout:
      return {408, "request_timeout", "The request took too long to arrive."};
    case ErrorCode::headers_too_large:
      return {431, "headers_too_large", "The request's head is too large."};
    case ErrorCode::validation_failed:
      return {422, "validation_failed", "Some fields are not acceptable."};
    case ErrorCode::unauthenticated:
      return {401, "unauthenticated", "A valid session is needed."};
    case ErrorCode::invalid_credentials:
      return {401, "invalid_credentials", "E-mail address or password is wrong."};
    case ErrorCode::email_not_verified:
      return {403, "email_not_verified", "The e-mail address is not verified yet."};
    case ErrorCode::account_disabled:
      return {403, "account_disabled", "This account is disabled."};
    case ErrorCode::password_change_required:
      return {403, "password_change_required", "The password must be changed: ask for a reset link."};
    case ErrorCode::csrf_failed:
      return {403, "csrf_failed", "The CSRF token is missing or wrong."};
    case ErrorCode::origin_not_allowed:
      return {403, "origin_not_allowed", "Requests from this origin are not allowed."};
    case ErrorCode::mfa_failed:
      return {401, "mfa_failed", "The second factor was not accepted."};
    case ErrorCode::code_already_used:
      return {401, "code_already_used", "This code was used before."};
    case ErrorCode::challenge_expired:
      return {400, "challenge_expired", "The challenge is unknown or has expired."};
    case ErrorCode::invalid_token:
      return {400, "invalid_token", "The link is unknown, used or has expired."};
    case ErrorCode::step_up_required:
      return {403, "step_up_required", "A fresh sign-in is needed for this."};
    case ErrorCode::mfa_enrolment_required:
      return {403, "mfa_enrolment_required", "A second factor must be set up first."};
    case ErrorCode::forbidden:
      return {403, "forbidden", "This is not allowed."};
    case ErrorCode::not_found:
      return {404, "not_found", "There is nothing here."};
    case ErrorCode::method_not_allowed:
      return {405, "method_not_allowed", "The method is not allowed here."};
    case ErrorCode::conflict:
      return {409, "conflict", "The request conflicts with the present state."};
    case ErrorCode::rate_limited:
      return {429, "rate_limited", "Too many requests."};
    case ErrorCode::account_locked:
      return {429, "account_locked", "Too many failed attempts."};
    case ErrorCode::overloaded:
      return {503, "overloaded", "The service is busy. Try again shortly."};
    case ErrorCode::unavailable:
      return {503, "unavailable", "The service is not available right now."};
    case ErrorCode::internal:
      return {500, "internal", "Something went wrong."};
  }
  throw std::logic_error("unknown error code");
}

Response problem(const Error& error, std::string_view request_id) {
  const auto kind = problem_kind(error.code);
  boost::json::object body{{"type", "urn:secureauth:error:" + std::string(kind.code)},
                           {"title", kind.title},
                           {"status", kind.status},
                           {"code", kind.code},
                           {"request_id", request_id}};
  if (!error.detail.empty()) body["detail"] = error.detail;
  if (error.methods) body["methods"] = boost::json::value_from(*error.methods);
  if (!error.fields.empty()) {
    boost::json::array fields;
    for (const auto& field : error.fields) {
      fields.push_back({{"field", field.field}, {"code", field.code}, {"message", field.message}});
    }
    body["errors"] = std::move(fields);
  }

  Response response = json(body);
  response.status = kind.status;
  response.content = Content::problem;
  if (kind.status == 401) response.with("WWW-Authenticate", "Cookie realm=\"secureauth\"");
  if (kind.status == 429 || kind.status == 503) {
    response.with("Retry-After", std::to_string(error.retry_after.value_or(std::chrono::seconds(1)).count()));
  }
  return response;
}

}  // namespace secureauth::http
