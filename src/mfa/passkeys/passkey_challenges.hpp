#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/id.hpp"
#include "core/net.hpp"
#include "crypto/token.hpp"
#include "db/batches.hpp"
#include "db/database.hpp"
#include "mfa/webauthn/relying_party.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::mfa {

/// Names a ceremony that was begun.
using PasskeyChallengeId = crypto::Token<struct PasskeyChallengeTag>;

/// What a ceremony is for; what was begun for one cannot be finished for another.
enum class PasskeyPurpose { registration, sign_up, sign_in, second_factor, step_up };

/// What was asked of an authenticator, and by whom (WebAuthn Level 3 §13.4.3).
struct PasskeyChallenge {
  PasskeyPurpose purpose{};
  crypto::Sha256 binding{};            ///< of the session's cookie, or of the browser's where there is no session
  std::optional<UserId> user;          ///< nothing: nobody is identified yet, or nobody has the address
  std::vector<std::byte> challenge{};  ///< 32 random bytes
  webauthn::UserVerification user_verification = webauthn::UserVerification::required;
  /// SHA-256 of the ids of the credentials that were named to the browser. Ids can be long, and anybody can begin a
  /// sign-in of who has twenty such.
  std::vector<crypto::Sha256> named{};
  std::optional<std::vector<std::byte>> user_handle{};  ///< of who is identified, or signs up
  std::optional<crypto::Sha256> sign_in{};              ///< of a second factor: the pending sign-in that it ends
  struct SignUp {
    std::string email;
    std::optional<std::string> name;
  };
  std::optional<SignUp> sign_up{};
};

/// Ceremonies between their start and their finish, in the record store, so that any instance finishes what another
/// began and none can be finished twice. Thread-safe.
class PasskeyChallenges {
 public:
  /// `life`: MFA_CHALLENGE_TTL_SECONDS.
  PasskeyChallenges(const Clock& clock, crypto::Random& random, std::chrono::seconds life)
      : clock_(clock), random_(random), life_(life) {}

  struct Issued {
    PasskeyChallengeId id;
    std::vector<std::byte> challenge;
    Timestamp expires_at;
  };
  /// Keeps what is asked, with a challenge of its own making. `database` outlives the call.
  net::awaitable<Issued> issue(db::Executor& database, PasskeyChallenge asked);

  /// Takes the ceremony out, whatever becomes of it then: of two at once, one gets it. Fails with challenge_expired
  /// when there is none, when it has run out, when it was begun for none of these purposes, or in another session or
  /// browser than `binding`'s. `database` outlives the call.
  net::awaitable<Result<PasskeyChallenge>> take(db::Executor& database, std::string id,
                                                std::vector<PasskeyPurpose> purposes, crypto::Sha256 binding);

  net::awaitable<void> forget_expired(db::Executor& database, const db::GoOn& go_on = db::kWithoutPause);
  /// What ends by `end`, all that are under way for a time beyond every other. `database` outlives the call.
  static net::awaitable<void> forget_ending(db::Executor& database, Timestamp end,
                                            const db::GoOn& go_on = db::kWithoutPause);

  [[nodiscard]] std::chrono::seconds life() const { return life_; }

 private:
  const Clock& clock_;
  crypto::Random& random_;
  std::chrono::seconds life_;
};

}  // namespace secureauth::mfa
