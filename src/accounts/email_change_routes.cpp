#include "accounts/email_change_routes.hpp"

#include "http/json_body.hpp"

namespace secureauth::accounts {
namespace {

using http::Body;
using http::FieldReader;
using http::Method;

/// The body's `token`. Fails with validation_failed, and with invalid_token when it is no token in form.
template <class Token>
Result<Token> read_token(const http::Request& request) {
  FieldReader fields(request.json);
  const auto text = fields.text("token");
  if (auto error = fields.error()) return *std::move(error);
  const auto token = Token::parse(text);
  if (!token) return ErrorCode::invalid_token;
  return *token;
}

}  // namespace

void EmailChangeRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(Method::post, "/auth/email/change", Body::json,
                                 [this](http::Request& request, sessions::SessionRef session) {
                                   return ask(request, std::move(session));
                                 },
                                 {.proof = sessions::Proof::recent}),
             protection::RateLimits::kVerify);
  router.add(gate_.open_route(Method::post, "/auth/email/change/confirm", Body::json,
                              [this](http::Request& request) { return confirm(request); }),
             protection::RateLimits::kVerify);
  router.add(gate_.open_route(Method::post, "/auth/email/change/undo", Body::json,
                              [this](http::Request& request) { return undo(request); }),
             protection::RateLimits::kVerify);
}

EmailChangeRoutes::Answer EmailChangeRoutes::ask(http::Request& request, sessions::SessionRef session) {
  FieldReader fields(request.json);
  auto wanted = fields.check("new_email", EmailAddress::parse(fields.text("new_email")));
  if (auto error = fields.error()) co_return *std::move(error);
  const auto asked = co_await change_.request(std::move(session), *std::move(wanted), request.client);
  if (!asked) co_return asked.error();
  co_return http::ok();
}

EmailChangeRoutes::Answer EmailChangeRoutes::confirm(http::Request& request) {
  const auto token = read_token<EmailChangeToken>(request);
  if (!token) co_return token.error();
  const auto changed = co_await change_.confirm(*token, request.client);
  if (!changed) co_return changed.error();
  co_return http::ok();
}

EmailChangeRoutes::Answer EmailChangeRoutes::undo(http::Request& request) {
  const auto token = read_token<EmailUndoToken>(request);
  if (!token) co_return token.error();
  const auto undone = co_await change_.undo(*token, request.client);
  if (!undone) co_return undone.error();
  co_return http::ok();
}

}  // namespace secureauth::accounts
