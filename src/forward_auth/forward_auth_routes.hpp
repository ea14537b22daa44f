#pragma once

#include "forward_auth/requirement.hpp"
#include "pages/return_to.hpp"
#include "sessions/session_gate.hpp"
#include "tokens/session_tokens.hpp"

#include <string>

namespace secureauth::forward_auth {

/// GET /auth/verify?REQUIREMENT: whether the request that an edge holds may pass, and whose it is. For edges that put
/// that request's own path behind the one they ask for, and keep its method: /auth/verify/{requirement}/{path}.
/// As cheap as GET /auth/me. docs/integrations.md.
class ForwardAuthRoutes {
 public:
  struct Parts {
    const sessions::SessionGate& gate;
    const sessions::AssurancePolicy& policy;
    tokens::SessionTokens& tokens;
  };
  /// `sign_in`: absolute URL of the sign-in page.
  ForwardAuthRoutes(Parts parts, std::string sign_in, pages::ReturnTo return_to)
      : parts_(parts), sign_in_(std::move(sign_in)), return_to_(std::move(return_to)) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer verify(http::Request& request, sessions::SessionRef session);
  [[nodiscard]] Result<void> check(const sessions::SessionRef& session, const Requirement& asked) const;
  [[nodiscard]] Result<http::Response> refuse(const http::Request& request, const Error& error,
                                              const Requirement& asked) const;
  [[nodiscard]] std::string sign_in_location(const std::string& return_to, const Requirement& asked) const;

  Parts parts_;
  std::string sign_in_;
  pages::ReturnTo return_to_;
};

}  // namespace secureauth::forward_auth
