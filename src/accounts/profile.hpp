#pragma once

#include "sessions/sessions.hpp"

#include <optional>
#include <string>

namespace secureauth::accounts {

/// What the owner of an account says of himself: a name, or none. Thread-safe.
class Profile {
 public:
  struct Parts {
    db::Database& database;
    sessions::Sessions& sessions;
    const audit::AuditLog& audit;
    const Clock& clock;
  };
  explicit Profile(Parts parts) : parts_(parts) {}

  /// Gives the account another name, or none; `name` is one that parse_display_name() let through. Every session of the
  /// account shows it from then on, on every instance. What changes nothing is not recorded. Returns the account as it
  /// is now. Fails with unauthenticated when the account has gone.
  net::awaitable<Result<User>> rename(sessions::SessionRef session, std::optional<std::string> name, ClientInfo client);

 private:
  Parts parts_;
};

}  // namespace secureauth::accounts
