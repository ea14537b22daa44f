#pragma once

#include "accounts/account_data.hpp"
#include "accounts/account_deletion.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::accounts {

/// GET /auth/me/export, DELETE /auth/me.
class AccountDataRoutes {
 public:
  AccountDataRoutes(AccountData& data, AccountDeletion& deletion, const sessions::SessionGate& gate)
      : data_(data), deletion_(deletion), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer hand_out(http::Request& request, sessions::SessionRef session);
  Answer erase(http::Request& request, sessions::SessionRef session);

  AccountData& data_;
  AccountDeletion& deletion_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::accounts
