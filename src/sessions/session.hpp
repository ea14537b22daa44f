#pragma once

#include "accounts/user.hpp"
#include "core/clock.hpp"
#include "core/id.hpp"
#include "crypto/sealer.hpp"
#include "crypto/token.hpp"

#include <atomic>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::sessions {

using SessionToken = crypto::Token<struct SessionTokenTag>;
using TokenHash = crypto::Sha256;

/// For maps: the key is a SHA-256, so any of its words is as good as a hash.
struct HashOfTokenHash {
  std::size_t operator()(const TokenHash& hash) const {
    std::size_t word = 0;
    std::memcpy(&word, hash.data(), sizeof word);
    return word;
  }
};

/// When a session was last used, shared by all copies of its record in this process. Microseconds since the epoch.
struct Activity {
  std::atomic<std::int64_t> last_used;
  std::atomic<std::int64_t> persisted;  ///< what the record store knows
};

/// How sure the service is of who signed in, and since when.
/// Source: NIST SP 800-63B-4 §2 (AAL); RFC 8176 (amr).
struct Assurance {
  int aal = 1;
  std::vector<std::string> amr;
  Timestamp auth_time;
  std::optional<Timestamp> stepped_up_at = std::nullopt;  ///< last proof beyond a sign-in by password alone
  std::optional<accounts::Factor> factor = std::nullopt;  ///< the second factor that was proven last
};

/// What somebody has just proven inside a session.
struct FactorProven {
  accounts::Factor factor{};
  std::vector<std::string> amr;  ///< RFC 8176
};

/// What the session is good for by then.
[[nodiscard]] Assurance raised(Assurance assurance, const FactorProven& proven, Timestamp now);

/// The same where a code has confirmed a new authenticator: it does not take the place of a stronger proof, nor renew
/// it (ASVS 7.5.1).
[[nodiscard]] Assurance raised_by_enrolment(Assurance assurance, const FactorProven& proven, Timestamp now);

/// What a session that was read from the shared cache is there.
struct SharedCopy {
  crypto::Sealer::Id id{};
  Timestamp read_at;  ///< when the record store was asked
};

/// A session that was valid when it was looked up. Immutable; the user's role and name are as of that moment.
struct Session {
  SessionId id;
  TokenHash token_hash{};
  accounts::User user;
  Assurance assurance;
  Timestamp created_at;
  Timestamp expires_at;  ///< absolute end
  std::shared_ptr<Activity> activity;
  std::optional<SharedCopy> copy = std::nullopt;
  std::string profile;  ///< the body of GET /auth/me, composed when the session is read: that is the hot path
};

/// `{"id", "email", …}`: who is signed in, and how sure the service is.
[[nodiscard]] std::string compose_profile(const accounts::User& user, const Assurance& assurance);

using SessionRef = std::shared_ptr<const Session>;

}  // namespace secureauth::sessions
