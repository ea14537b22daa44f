#include "http/problem.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace secureauth::http {

namespace {

using Kind = std::pair<ErrorCode, ProblemKind>;

constexpr auto kKinds = std::to_array<Kind>({
    {ErrorCode::invalid_request, {400, "invalid_request", "The request is malformed."}},
    {ErrorCode::invalid_json, {400, "invalid_json", "The body is not acceptable JSON."}},
    {ErrorCode::unsupported_media_type, {415, "unsupported_media_type", "The body must be application/json."}},
    {ErrorCode::payload_too_large, {413, "payload_too_large", "The body is too large."}},
    {ErrorCode::request_timeout, {408, "request_timeout", "The request took too long to arrive."}},
    {ErrorCode::headers_too_large, {431, "headers_too_large", "The request's head is too large."}},
    {ErrorCode::validation_failed, {422, "validation_failed", "Some fields are not acceptable."}},
    {ErrorCode::unauthenticated, {401, "unauthenticated", "A valid session is needed."}},
    {ErrorCode::invalid_credentials, {401, "invalid_credentials", "E-mail address or password is wrong."}},
    {ErrorCode::email_not_verified, {403, "email_not_verified", "The e-mail address is not verified yet."}},
    {ErrorCode::account_disabled, {403, "account_disabled", "This account is disabled."}},
    {ErrorCode::password_change_required,
     {403, "password_change_required", "The password must be changed: ask for a reset link."}},
    {ErrorCode::csrf_failed, {403, "csrf_failed", "The CSRF token is missing or wrong."}},
    {ErrorCode::origin_not_allowed, {403, "origin_not_allowed", "Requests from this origin are not allowed."}},
    {ErrorCode::mfa_failed, {401, "mfa_failed", "The second factor was not accepted."}},
    {ErrorCode::code_already_used, {401, "code_already_used", "This code was used before."}},
    {ErrorCode::challenge_expired, {400, "challenge_expired", "The challenge is unknown or has expired."}},
    {ErrorCode::invalid_token, {400, "invalid_token", "The link is unknown, used or has expired."}},
    {ErrorCode::step_up_required, {403, "step_up_required", "A fresh sign-in is needed for this."}},
    {ErrorCode::mfa_enrolment_required, {403, "mfa_enrolment_required", "A second factor must be set up first."}},
    {ErrorCode::forbidden, {403, "forbidden", "This is not allowed."}},
    {ErrorCode::not_found, {404, "not_found", "There is nothing here."}},
    {ErrorCode::method_not_allowed, {405, "method_not_allowed", "The method is not allowed here."}},
    {ErrorCode::conflict, {409, "conflict", "The request conflicts with the present state."}},
    {ErrorCode::proof_of_work_required,
     {403, "proof_of_work_required", "A proof of work is needed before the next attempt."}},
    {ErrorCode::rate_limited, {429, "rate_limited", "Too many requests."}},
    {ErrorCode::account_locked, {429, "account_locked", "Too many failed attempts."}},
    {ErrorCode::overloaded, {503, "overloaded", "The service is busy. Try again shortly."}},
    {ErrorCode::unavailable, {503, "unavailable", "The service is not available right now."}},
    {ErrorCode::internal, {500, "internal", "Something went wrong."}},
});

}  // namespace

ProblemKind problem_kind(ErrorCode code) {
  const auto* known = std::ranges::find(kKinds, code, &Kind::first);
  if (known == kKinds.end()) throw std::logic_error("unknown error code");
  return known->second;
}

std::vector<std::string_view> problem_codes() {
  std::vector<std::string_view> codes;
  for (const auto& [code, kind] : kKinds) codes.push_back(kind.code);
  return codes;
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
  if (error.puzzle) {
    const auto& [challenge, parts, bits] = *error.puzzle;
    body["proof_of_work"] = {{"challenge", challenge}, {"parts", parts}, {"bits", bits}};
  }
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
