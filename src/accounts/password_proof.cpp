#include "accounts/password_proof.hpp"

#include "accounts/user_store.hpp"

namespace secureauth::accounts {

net::awaitable<Result<PasswordCredential>> PasswordProof::operator()(Attempt attempt) {
  const auto& user = attempt.session->user.id;
  auto credential = co_await find_password_credential(parts_.database, user);
  if (!credential) co_return ErrorCode::unauthenticated;
  // Counted before it is verified: parallel guesses cannot outrun the count. Nothing that may fail stands between.
  auto spent = co_await parts_.guesses.spend(user);
  if (spent.refusal) {
    if (spent.is_news) co_await tell_owner(attempt.session, attempt.client);
    co_return *std::move(spent.refusal);
  }
  const auto verdict = co_await parts_.hasher.verify(std::move(attempt.password), credential->password_hash);
  if (!verdict) {
    co_await parts_.guesses.give_back(user);  // refused unseen, it told nobody anything
    co_return verdict.error();
  }
  if (!verdict->matches) {
    co_await record_failure(std::move(attempt));
    co_return ErrorCode::invalid_credentials;
  }
  co_await parts_.guesses.forgive(user);
  co_return *std::move(credential);
}

net::awaitable<void> PasswordProof::record_failure(Attempt attempt) {
  const auto& user = attempt.session->user.id;
  audit::Entry entry{.event = attempt.failed,
                     .outcome = audit::Outcome::failure,
                     .actor = user,
                     .subject = user,
                     .session = attempt.session->id,
                     .client = std::move(attempt.client),
                     .details = std::move(attempt.details)};
  co_await parts_.audit.record(parts_.database, std::move(entry));
}

net::awaitable<void> PasswordProof::tell_owner(sessions::SessionRef session, ClientInfo client) {
  const auto& user = session->user.id;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    const auto account = co_await user_store::find_by_id(tx, user);
    if (!account) co_return Result<void>{};
    audit::Entry entry{.event = audit::Event::account_locked,
                       .outcome = audit::Outcome::failure,
                       .actor = user,
                       .subject = user,
                       .session = session->id,
                       .client = client,
                       .details = {{"method", "pwd"}}};
    co_await parts_.audit.record(tx, std::move(entry));
    Recipient owner{account->user.email, account->email_key, locale_of(account->user)};
    auto notice = parts_.letters.notice(mail::Kind::account_locked, std::move(owner), parts_.clock.now(), client);
    co_await parts_.outbox.notify(tx, std::move(notice), mail::Cap::none);
    co_return Result<void>{};
  };
  co_await parts_.database.transaction(body);
}

}  // namespace secureauth::accounts
