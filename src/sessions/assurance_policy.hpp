#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "sessions/session.hpp"

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::sessions {

/// How fresh a proof a route asks for, beyond a valid session (DESIGN "Settled").
enum class Proof {
  any,
  recent,                ///< a sign-in or a step-up
  stepped_up,            ///< a sign-in with a second factor or a step-up
  stepped_up_if_factor,  ///< the same of an account that has a second factor; nothing of one that has none
};

/// What a route asks of the session that calls it.
struct Access {
  Proof proof = Proof::any;
  int aal = 1;
  accounts::Role role = accounts::Role::user;  ///< this one or one above it
  bool while_enrolling = false;                ///< open to who must enrol a second factor first
  std::string_view permission = {};            ///< by what name `role` is asked for; a literal
  bool is_use = true;  ///< not: a browser asks by itself, so the session grows idle all the same

  /// Such as `stepped_up aal2 admin users:change`: for the list of routes.
  [[nodiscard]] std::string text() const;
};

/// What a session is good for: by what it proved and when, and by what its account could prove. A session that proved
/// less than its account can (AAL1 where there is a second factor, a code where there is a passkey) is never fresh.
/// Immutable; thread-safe.
/// Source: NIST SP 800-63B-4 §2; OWASP ASVS 5.0 6.3.3, 7.5.1, 7.5.3.
class AssurancePolicy {
 public:
  /// `fresh` is STEP_UP_MAX_AGE_SECONDS; `factor_roles` MFA_REQUIRED_ROLES.
  AssurancePolicy(const Clock& clock, std::chrono::seconds fresh, std::set<accounts::Role> factor_roles = {})
      : clock_(clock), fresh_(fresh), factor_roles_(std::move(factor_roles)) {}

  /// Fails with mfa_enrolment_required, forbidden (the role), step_up_required with the methods that would do.
  [[nodiscard]] Result<void> check(const Session& session, const Access& access) const;

  /// Whether somebody signed in or stepped up less than `most` ago, with all that the account can prove. Fails with
  /// step_up_required.
  [[nodiscard]] Result<void> check_age(const Session& session, std::chrono::seconds most) const;

  /// Whether somebody signed in or stepped up within STEP_UP_MAX_AGE_SECONDS.
  [[nodiscard]] bool is_recent(const Session& session) const;
  /// Whether within that time somebody proved more than the password alone that opened the session.
  [[nodiscard]] bool is_stepped_up(const Session& session) const;

  /// Whether an account of this role must have a second factor.
  [[nodiscard]] bool demands_factor(accounts::Role role) const { return factor_roles_.contains(role); }
  /// Whether the owner must enrol a second factor before anything else.
  [[nodiscard]] bool must_enrol(const Session& session) const;

  /// The gate decides by the account as the session was read, up to SharedSessions::kLongestStale ago, and before the
  /// request waited for its turn. Inside the transaction of what a route does about the account, which names it: fails
  /// with step_up_required where the session proved less than the account, as it is `now`, can.
  [[nodiscard]] static Result<void> check_again(const Session& session, const accounts::User& now);

  /// step_up_required, with the methods by which the account steps up.
  [[nodiscard]] static Error step_up_error(const accounts::User& user);

 private:
  [[nodiscard]] bool is_fresh(const Session& session, Proof proof) const;

  const Clock& clock_;
  std::chrono::seconds fresh_;
  std::set<accounts::Role> factor_roles_;
};

/// By what an account steps up: a password only where there is nothing stronger, TOTP only where there is no passkey; a
/// recovery code stands in for what is lost.
[[nodiscard]] std::vector<accounts::Factor> step_up_factors(const accounts::User& user);

}  // namespace secureauth::sessions
