#include "admin/lockouts.hpp"

#include <stdexcept>
#include <utility>

namespace secureauth::admin {
namespace {

using sign_in_event_store::Lock;
using sign_in_event_store::Position;

accounts::Factor factor_of(const boost::json::object& details) {
  const auto* method = details.if_contains("method");
  const auto* name = method ? method->if_string() : nullptr;
  if (name && *name == "totp") return accounts::Factor::totp;
  if (name && *name == "recovery_code") return accounts::Factor::recovery_code;
  return accounts::Factor::password;
}

bool is_of_known_browsers(const boost::json::object& details) {
  const auto* known = details.if_contains("known_browser");
  return known && known->is_bool() && known->as_bool();
}

std::int64_t in_a_row(const boost::json::object& details) {
  const auto* count = details.if_contains("in_a_row");
  return count && count->is_int64() ? count->as_int64() : 0;
}

/// Whether a lock was of these guesses: those with codes know no shares in their entries.
bool is_of(const protection::GuessStanding& guesses, const boost::json::object& details) {
  if (guesses.authenticator != factor_of(details)) return false;
  return guesses.authenticator != accounts::Factor::password || guesses.known_browsers == is_of_known_browsers(details);
}

/// A time that somebody altered is long ago.
Timestamp time_of(const Lock& lock) {
  try {
    return from_rfc3339(lock.entry.at);
  } catch (const std::invalid_argument&) {
    return {};
  }
}

}  // namespace

net::awaitable<Lockouts::Page> Lockouts::list(std::optional<Position> after, int limit, Operator by) {
  audit::Entry look{.event = audit::Event::users_listed,
                    .actor = by.actor,
                    .session = by.session,
                    .client = std::move(by.client),
                    .details = {{"locked_out", true}}};
  co_await parts_.audit.record_alone(parts_.database, std::move(look));
  auto locks = co_await sign_in_event_store::locks(parts_.database, std::move(after), limit);
  Page page;
  if (std::cmp_equal(locks.size(), limit)) page.next = Position{locks.back().entry.at, locks.back().entry.id};
  std::map<std::string, Standings> known;  // an account may be there often
  for (auto& lock : locks) {
    Lockout lockout{.lock = std::move(lock), .details = {}, .locked = false, .locked_until = {}};
    lockout.details = audit::details_of(lockout.lock.entry);
    const auto& entry = lockout.lock.entry;
    const auto& whose = lockout.lock.email_key ? *entry.subject : entry.id;
    auto found = known.find(whose);
    if (found == known.end()) {
      auto standings = co_await standings_of(&lockout);
      found = known.emplace(whose, std::move(standings)).first;
    }
    for (const auto& one : found->second) {
      if (!one.locked || !is_of(one, lockout.details)) continue;
      lockout.locked = true;
      lockout.locked_until = one.locked_until;
    }
    page.lockouts.push_back(std::move(lockout));
  }
  co_return page;
}

net::awaitable<Lockouts::Standings> Lockouts::standings_of(const Lockout* lockout) const {
  const auto& [lock, details, locked, locked_until] = *lockout;
  if (!lock.email_key) {  // nobody's address, or not yet: only its digest is known, which counts under another
    const protection::FailedGuesses::Share share{.in_a_row = in_a_row(details), .last_failed_at = time_of(lock)};
    co_return Standings{parts_.password_guesses.standing_of(is_of_known_browsers(details), share)};
  }
  const auto subject = parts_.password_guesses.subject_of(*lock.email_key);
  auto standings = co_await parts_.password_guesses.standing(parts_.database, subject);
  auto codes = co_await parts_.factor_guesses.standing(parts_.database, UserId(*lock.entry.subject));
  standings.insert(standings.end(), codes.begin(), codes.end());
  co_return standings;
}

}  // namespace secureauth::admin
