#pragma once

#include "sessions/session_gate.hpp"
#include "tokens/session_tokens.hpp"

namespace secureauth::tokens {

/// POST /auth/token, GET /.well-known/jwks.json.
class TokenRoutes {
 public:
  TokenRoutes(SessionTokens& tokens, const TokenKeys& keys, const sessions::SessionGate& gate)
      : tokens_(tokens), keys_(keys), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer issue(http::Request& request, sessions::SessionRef session);
  Answer key_set();

  SessionTokens& tokens_;
  const TokenKeys& keys_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::tokens
