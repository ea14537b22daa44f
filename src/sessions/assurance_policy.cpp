#include "sessions/assurance_policy.hpp"

#include <stdexcept>

namespace secureauth::sessions {
namespace {

using accounts::Factor;

std::string_view to_text(Proof proof) {
  switch (proof) {
    case Proof::any:
      return "any";
    case Proof::recent:
      return "recent";
    case Proof::stepped_up:
      return "stepped_up";
    case Proof::stepped_up_if_factor:
      return "stepped_up_if_factor";
  }
  throw std::logic_error("unknown proof");
}

/// It proved less than its account can: a trusted browser skipped the second factor, a stronger one came later, or a
/// code was given where there is a passkey, which nobody can be talked out of. A recovery code stands in for any.
bool falls_short(const Session& session) {
  if (!session.user.has_second_factor()) return false;
  if (session.assurance.aal < 2) return true;
  const auto& proven = session.assurance.factor;
  return session.user.has(Factor::webauthn) && proven != Factor::webauthn && proven != Factor::recovery_code;
}

/// A second factor is needed: one that the account has, or one that it must have first.
Error factor_error(const accounts::User& user) {
  return user.has_second_factor() ? AssurancePolicy::step_up_error(user) : Error(ErrorCode::mfa_enrolment_required);
}

}  // namespace

std::string Access::text() const {
  std::string text(to_text(proof));
  if (aal > 1) text += " aal" + std::to_string(aal);
  if (role != accounts::Role::user) text.append(" ").append(accounts::to_text(role));
  if (while_enrolling) text += " while_enrolling";
  if (!permission.empty()) text.append(" ").append(permission);
  return text;
}

Result<void> AssurancePolicy::check(const Session& session, const Access& access) const {
  const auto& user = session.user;
  if (must_enrol(session) && !access.while_enrolling) return factor_error(user);
  if (user.role < access.role) return ErrorCode::forbidden;
  if (session.assurance.aal < access.aal) return factor_error(user);
  if (!is_fresh(session, access.proof)) return step_up_error(user);
  return {};
}

bool AssurancePolicy::is_fresh(const Session& session, Proof proof) const {
  switch (proof) {
    case Proof::any:
      return true;
    case Proof::recent:
      return is_recent(session);
    case Proof::stepped_up:
      return is_stepped_up(session);
    case Proof::stepped_up_if_factor:
      return !session.user.has_second_factor() || is_stepped_up(session);
  }
  return false;
}

Result<void> AssurancePolicy::check_age(const Session& session, std::chrono::seconds most) const {
  if (falls_short(session) || clock_.now() - session.assurance.auth_time >= most) return step_up_error(session.user);
  return {};
}

bool AssurancePolicy::is_recent(const Session& session) const {
  return check_age(session, fresh_).has_value();
}

bool AssurancePolicy::is_stepped_up(const Session& session) const {
  const auto& at = session.assurance.stepped_up_at;
  return !falls_short(session) && at && clock_.now() - *at < fresh_;
}

bool AssurancePolicy::must_enrol(const Session& session) const {
  const auto& user = session.user;
  return session.assurance.aal < 2 && (user.must_enrol_factor || demands_factor(user.role));
}

Result<void> AssurancePolicy::check_again(const Session& session, const accounts::User& now) {
  auto as_of_now = session;
  as_of_now.user = now;
  if (falls_short(as_of_now)) return step_up_error(now);
  return {};
}

Error AssurancePolicy::step_up_error(const accounts::User& user) {
  Error error = ErrorCode::step_up_required;
  error.methods.emplace();
  for (const auto factor : step_up_factors(user)) error.methods->emplace_back(accounts::to_text(factor));
  return error;
}

std::vector<Factor> step_up_factors(const accounts::User& user) {
  if (!user.has_second_factor()) return {Factor::password};
  auto factors = user.second_factors;
  if (user.has(Factor::webauthn)) std::erase(factors, Factor::totp);
  return factors;
}

}  // namespace secureauth::sessions
