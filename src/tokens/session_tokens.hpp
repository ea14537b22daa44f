#pragma once

#include "audit/audit_log.hpp"
#include "core/client_info.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/net.hpp"
#include "core/single_flight.hpp"
#include "crypto/random.hpp"
#include "db/database.hpp"
#include "sessions/session.hpp"
#include "tokens/recent_tokens.hpp"
#include "tokens/token_keys.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::tokens {

/// Short-lived signed statements of who is signed in, for one service each, which checks them by itself. Nothing takes
/// one back before its end: what a session loses, its tokens lose when they run out (docs/integrations.md).
/// Thread-safe. Source: RFC 7519; RFC 8725; OWASP ASVS 5.0 V9.
class SessionTokens {
 public:
  struct Parts {
    db::Database& database;
    const audit::AuditLog& audit;
    const TokenKeys& keys;
    const Clock& clock;
    crypto::Random& random;
  };
  struct Options {
    std::string issuer;                  ///< PUBLIC_URL
    std::vector<std::string> audiences;  ///< TOKEN_AUDIENCES
    std::chrono::seconds ttl{};
  };
  SessionTokens(Parts parts, Options options) : parts_(parts), options_(std::move(options)) {}

  /// Whether there may be a token for this service.
  [[nodiscard]] bool is_audience(std::string_view name) const;
  /// The only service that there is one for, where nobody named it.
  [[nodiscard]] std::optional<std::string> sole_audience() const;

  struct Issued {
    std::string token;
    std::chrono::seconds expires_in{};
  };
  /// A new one, recorded before anybody has it. It lives for the time of the settings, but never beyond the session's
  /// absolute end. `audience` is one. Throws db::DatabaseError.
  net::awaitable<Issued> issue(sessions::SessionRef session, std::string audience, ClientInfo client);

  /// The one that was issued last, for the first half of its life; else a new one, the same for all who ask at once.
  net::awaitable<std::string> current(sessions::SessionRef session, std::string audience, ClientInfo client);

 private:
  struct Made {
    std::string token;
    std::string id;
    Timestamp made_at;
    std::chrono::seconds life{};
  };
  [[nodiscard]] Made make(const sessions::Session& session, const std::string& audience) const;
  net::awaitable<std::string> renew(sessions::SessionRef session, std::string audience, ClientInfo client);
  net::awaitable<Made> make_and_record(sessions::SessionRef session, std::string audience, ClientInfo client);

  Parts parts_;
  Options options_;
  RecentTokens recent_;
  SingleFlight<std::string> issuing_;
};

}  // namespace secureauth::tokens
