#include "admin/lockouts.hpp"

#include <algorithm>
#include <set>
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
Timestamp time_of(const audit::RecordedEntry& entry) {
  try {
    return from_rfc3339(entry.at);
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
  auto locks = co_await sign_in_event_store::locks(parts_.database, std::move(after), limit + 1);
  Page page;
  if (std::cmp_greater(locks.size(), limit)) {
    locks.pop_back();  // it is the first of the next page
    page.next = Position{locks.back().entry.at, locks.back().entry.id};
  }
  auto whose = owners_of(locks);
  Standings standings;
  standings.passwords = co_await parts_.password_guesses.standings(parts_.database, std::move(whose.subjects));
  standings.codes = co_await parts_.factor_guesses.standings(parts_.database, std::move(whose.users));
  for (auto& lock : locks) page.lockouts.push_back(as_it_stands(std::move(lock), standings));
  co_return page;
}

/// Each once: an account may be there often.
Lockouts::Owners Lockouts::owners_of(const std::vector<Lock>& locks) const {
  std::set<protection::GuessSubject> subjects;
  std::set<UserId> users;
  for (const auto& lock : locks) {
    if (!lock.email_key) continue;
    subjects.insert(parts_.password_guesses.subject_of(*lock.email_key));
    users.insert(UserId(*lock.entry.subject));
  }
  return {{subjects.begin(), subjects.end()}, {users.begin(), users.end()}};
}

Lockouts::Lockout Lockouts::as_it_stands(Lock lock, const Standings& standings) const {
  Lockout lockout{.lock = std::move(lock), .details = {}, .locked = false, .locked_until = {}};
  lockout.details = audit::details_of(lockout.lock.entry);
  const auto see = [&lockout](const protection::GuessStanding& one) {
    if (!one.locked || !is_of(one, lockout.details)) return;
    lockout.locked = true;
    lockout.locked_until = one.locked_until;
  };
  const auto see_all = [&see](const auto& known, const auto& key) {
    if (const auto found = known.find(key); found != known.end()) std::ranges::for_each(found->second, see);
  };
  const auto& [entry, email, email_key] = lockout.lock;
  if (email_key) {
    see_all(standings.passwords, parts_.password_guesses.subject_of(*email_key));
    see_all(standings.codes, UserId(*entry.subject));
  } else {  // nobody's address, or not yet: only its digest is known, which counts under another
    const protection::FailedGuesses::Share share{.in_a_row = in_a_row(lockout.details),
                                                 .last_failed_at = time_of(entry)};
    see(parts_.password_guesses.standing_of(is_of_known_browsers(lockout.details), share));
  }
  return lockout;
}

}  // namespace secureauth::admin
