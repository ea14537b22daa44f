#include "mfa/recovery/recovery_codes.hpp"

#include "accounts/user_store.hpp"
#include "mfa/factor_store.hpp"
#include "mfa/recovery/recovery_store.hpp"

#include <algorithm>
#include <utility>

namespace secureauth::mfa {
namespace {

/// The secret part as the hasher takes it: salted, peppered and bounded as a password is.
passwords::Password as_password(const RecoveryCode& code) {
  return passwords::Password(code.secret());
}

Error no_second_factor() {
  return {ErrorCode::conflict, "Recovery codes stand in for a second factor: set one up first."};
}

}  // namespace

net::awaitable<Result<RecoveryCodes::Made>> RecoveryCodes::make(sessions::SessionRef session, ClientInfo client) {
  if (!session->user.has_second_factor()) co_return no_second_factor();  // before ten hashes are computed for nothing
  auto codes = generate();
  std::vector<Hashed> hashed;
  for (const auto& code : codes) {
    auto phc = co_await parts_.hasher.hash(as_password(code));
    if (!phc) co_return phc.error();
    hashed.push_back({code.selector(), *std::move(phc)});
  }
  auto opened = co_await replace(std::move(session), std::move(hashed), std::move(client));
  if (!opened) co_return opened.error();
  co_return Made{std::move(codes), *std::move(opened)};
}

std::vector<RecoveryCode> RecoveryCodes::generate() const {
  std::vector<RecoveryCode> codes;
  while (codes.size() < kCodes) {
    auto code = RecoveryCode::generate(parts_.random);
    const auto same = std::ranges::find(codes, code.selector(), &RecoveryCode::selector);
    if (same == codes.end()) codes.push_back(std::move(code));  // a selector selects one
  }
  return codes;
}

net::awaitable<Result<sessions::Sessions::Opened>> RecoveryCodes::replace(sessions::SessionRef session,
                                                                          std::vector<Hashed> codes,
                                                                          ClientInfo client) {
  const auto& user = session->user.id;
  const auto now = parts_.clock.now();
  const FactorChanges::Change change{.session = session,
                                     .assurance = session->assurance,
                                     .factor = accounts::Factor::recovery_code,
                                     .event = audit::Event::recovery_codes_made,
                                     .notice = mail::Kind::recovery_codes_made,
                                     .client = client};
  sessions::Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<sessions::Sessions::Opened>> {
    ended.clear();
    tx.serialize_on(accounts::serial_subject(user));
    const auto account = co_await accounts::user_store::find_by_id(tx, user);
    if (!account) co_return ErrorCode::unauthenticated;
    if (!account->user.has_second_factor()) co_return no_second_factor();
    const auto allowed = sessions::AssurancePolicy::check_again(*session, account->user);
    if (!allowed) co_return allowed.error();
    co_await recovery_store::discard(tx, user);
    for (const auto& code : codes) co_await recovery_store::insert(tx, user, code.selector, code.hash, now);
    co_await parts_.guesses.forgive(tx, user, accounts::Factor::recovery_code);  // they were at codes that are gone
    auto opened = co_await parts_.changes.finish(tx, change, ended);
    co_return opened;
  };
  auto opened = co_await parts_.sessions.ending(body, ended);
  co_return opened;
}

net::awaitable<std::optional<RecoveryCodes::Found>> RecoveryCodes::find(db::Executor& database, UserId user,
                                                                        const RecoveryCode& code) {
  const auto stored = co_await recovery_store::find(database, std::move(user), code.selector());
  if (!stored) co_return std::nullopt;
  co_return Found{.selector = code.selector(), .hash = stored->code_hash, .used = stored->used};
}

net::awaitable<Result<bool>> RecoveryCodes::matches(RecoveryCode code, std::optional<Found> found) {
  std::optional<std::string> hash;
  if (found) hash = std::move(found->hash);
  const auto verdict = co_await parts_.hasher.verify(as_password(code), std::move(hash));
  if (!verdict) co_return verdict.error();
  co_return verdict->matches;
}

net::awaitable<bool> RecoveryCodes::consume(db::Transaction& tx, UserId user, Found found) {
  const bool used =
      co_await recovery_store::consume(tx, user, std::move(found.selector), std::move(found.hash), parts_.clock.now());
  if (!used) co_return false;
  const int left = co_await remaining(tx, user);
  if (left == 0) co_await factor_store::refresh(tx, std::move(user), false);
  co_return true;
}

net::awaitable<int> RecoveryCodes::remaining(db::Executor& database, UserId user) {
  const auto summary = co_await recovery_store::summary(database, std::move(user));
  co_return summary ? summary->remaining : 0;
}

net::awaitable<std::optional<RecoveryCodes::Listed>> RecoveryCodes::list(db::Executor& database, UserId user) {
  const auto summary = co_await recovery_store::summary(database, std::move(user));
  if (!summary) co_return std::nullopt;
  co_return Listed{summary->created_at, summary->last_used_at, summary->remaining};
}

net::awaitable<std::int64_t> RecoveryCodes::count_hashes(db::Executor& database, std::string pattern) {
  return recovery_store::count_hashes(database, std::move(pattern));
}

}  // namespace secureauth::mfa
