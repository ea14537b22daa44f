#pragma once

#include "accounts/user.hpp"
#include "core/error.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace secureauth::forward_auth {

/// What an edge asks of whoever wants to pass.
struct Requirement {
  int aal = 1;
  std::optional<std::chrono::seconds> max_age;         ///< since the last sign-in or step-up
  accounts::Role role = accounts::Role::user;          ///< this one or one above it
  std::optional<std::string> audience = std::nullopt;  ///< a token for this service comes with the answer
  bool redirects = false;  ///< browsers are sent to the sign-in page by the answer itself, not by the edge

  /// Reads `aal`, `max_age`, `role`, `token` and `sign_in`. Fails with invalid_request for any other name and for a
  /// value that is not one: what is mistyped must not let anybody in.
  [[nodiscard]] static Result<Requirement> read(const std::map<std::string, std::string, std::less<>>& parameters);
};

}  // namespace secureauth::forward_auth
