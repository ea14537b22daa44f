#pragma once

#include "core/net.hpp"
#include "db/database.hpp"

#include <functional>
#include <optional>
#include <string>

namespace secureauth::mail {

/// A mail that nobody will get.
struct GivenUpMail {
  std::string id;
  std::string kind;
};

/// Hears of it in the transaction that gives it up, which outlives the call.
using OnGivenUp = std::function<net::awaitable<void>(db::Transaction&, GivenUpMail)>;

/// Hears that the mail server takes no mail, and why; then, without a cause, that it does again.
using OnOutage = std::function<void(const std::optional<std::string>& cause)>;

}  // namespace secureauth::mail
