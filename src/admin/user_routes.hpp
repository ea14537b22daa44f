#pragma once

#include "admin/permissions.hpp"
#include "admin/user_admin.hpp"
#include "admin/user_directory.hpp"
#include "crypto/page_cursors.hpp"
#include "sessions/session_gate.hpp"

namespace secureauth::admin {

/// /admin/users and what is below it.
class UserRoutes {
 public:
  UserRoutes(UserAdmin& admin, UserDirectory& directory, const sessions::SessionGate& gate,
             const crypto::PageCursors& cursors)
      : admin_(admin), directory_(directory), gate_(gate), cursors_(cursors) {}
  void add_to(http::Router& router);

 private:
  using Answer = net::awaitable<Result<http::Response>>;
  Answer list(http::Request& request, sessions::SessionRef session);
  Answer view(http::Request& request, sessions::SessionRef session);
  Answer change(http::Request& request, sessions::SessionRef session);

  /// A use case that needs to know no more than whose account it is about.
  using Deed = net::awaitable<Result<accounts::User>> (UserAdmin::*)(Target, Operator);
  Answer carry_out(Deed deed, http::Request& request, sessions::SessionRef session);
  void add_deed(http::Router& router, http::Method method, std::string path, Permission permission, Deed deed);

  UserAdmin& admin_;
  UserDirectory& directory_;
  const sessions::SessionGate& gate_;
  const crypto::PageCursors& cursors_;
};

}  // namespace secureauth::admin
