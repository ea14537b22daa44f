#include "app/refusal_watch.hpp"

#include "accounts/email_address.hpp"
#include "http/problem.hpp"
#include "protection/client_address.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace secureauth::app {

namespace {

/// Whose account a request without a session is about, where its body says so.
std::optional<accounts::EmailAddress> named_address(const http::Request& request) {
  const auto* body = request.json.if_object();
  const auto* member = body == nullptr || request.caller ? nullptr : body->if_contains("email");
  const auto* text = member == nullptr ? nullptr : member->if_string();
  if (text == nullptr) return std::nullopt;
  auto address = accounts::EmailAddress::parse(*text);
  if (!address) return std::nullopt;
  return *std::move(address);
}

}  // namespace

void RefusalWatch::heard(const http::Dispatcher::Refusal& refusal) const {
  if (!is_noted(refusal)) return;
  const auto& [route, request, error] = refusal;
  audit::Refusals::Refused refused{.reason = http::problem_kind(error.code).code,
                                   .route = std::string(request.method_name) + ' ' + route.pattern,
                                   .network = protection::network_of(request.client.ip),
                                   .client = request.client};
  if (request.caller) {
    refused.actor = refused.subject = request.caller->user;
    refused.session = request.caller->session;
  }
  if (const auto email = named_address(request)) refused.address = digest_.of(email->key());
  refusals_.saw(std::move(refused));
}

bool RefusalWatch::is_noted(const http::Dispatcher::Refusal& refusal) const {
  switch (refusal.error.code) {
    case ErrorCode::csrf_failed:
    case ErrorCode::origin_not_allowed:
    case ErrorCode::forbidden:
    case ErrorCode::step_up_required:
    case ErrorCode::mfa_enrolment_required:
    case ErrorCode::rate_limited:
    case ErrorCode::account_locked:
    case ErrorCode::proof_of_work_required:
    case ErrorCode::invalid_token:
    case ErrorCode::challenge_expired:
    case ErrorCode::overloaded:  // a password that nobody looked at
      return true;
    case ErrorCode::unauthenticated: {  // a session that is over, or was never one; without any it says nothing
      const auto cookie = refusal.request.cookie(session_cookie_);
      return cookie && *cookie;
    }
    case ErrorCode::not_found:  // somebody else's, perhaps
      return refusal.request.caller.has_value();
    default:
      return false;
  }
}

}  // namespace secureauth::app
