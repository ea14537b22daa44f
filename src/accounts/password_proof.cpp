#include "accounts/password_proof.hpp"

#include "protection/client_address.hpp"

namespace secureauth::accounts {
namespace {

PasswordOutcomes::Owner owner_of(const PasswordCredential& credential) {
  const auto& user = credential.user;
  return {{user.email, credential.email_key, locale_of(user)}, true};
}

}  // namespace

net::awaitable<Result<PasswordCredential>> PasswordProof::operator()(Attempt attempt) {
  auto credential = co_await find_password_credential(parts_.database, attempt.session->user.id);
  if (!credential) co_return ErrorCode::unauthenticated;
  // Counted before it is verified: parallel guesses cannot outrun the count. Nothing that may fail stands between.
  auto spent = co_await spend(attempt, *credential);
  if (spent.refusal) co_return *std::move(spent.refusal);
  const auto verdict = co_await parts_.hasher.verify(std::move(attempt.password), credential->password_hash,
                                                     passwords::HashingPool::Lane::known);
  if (!verdict) {
    co_await parts_.guesses.give_back(std::move(spent));  // refused unseen, it told nobody anything
    co_return verdict.error();
  }
  auto owner = owner_of(*credential);
  if (!verdict->matches) {
    co_await record_failure(std::move(attempt), std::move(spent), std::move(owner));
    co_return ErrorCode::invalid_credentials;
  }
  co_await record_success(std::move(attempt), std::move(spent), std::move(owner));
  co_return *std::move(credential);
}

net::awaitable<PasswordProof::Spent> PasswordProof::spend(const Attempt& attempt,
                                                          const PasswordCredential& credential) {
  protection::PasswordGuesses::Guess guess{
      .subject = parts_.guesses.subject_of(credential.email_key),
      .known_browser = parts_.browsers.mark(attempt.known_browser,
                                            {credential.user.id, credential.version, credential.factors_version}),
      .network = protection::network_of(attempt.client.ip)};
  const auto failed = co_await protection::password_guess_store::find(parts_.database, guess.subject);
  auto spent = co_await parts_.guesses.spend(std::move(guess), failed);
  co_return spent;
}

net::awaitable<void> PasswordProof::record_failure(Attempt attempt, Spent spent, PasswordOutcomes::Owner owner) {
  const auto& user = attempt.session->user.id;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    audit::Entry entry{.event = attempt.failed,
                       .outcome = audit::Outcome::failure,
                       .actor = user,
                       .subject = user,
                       .session = attempt.session->id,
                       .client = attempt.client,
                       .details = attempt.details};
    co_await parts_.outcomes.wrong(tx, spent, std::move(entry), owner);
    co_return Result<void>{};
  };
  co_await parts_.database.transaction(body);
}

net::awaitable<void> PasswordProof::record_success(Attempt attempt, Spent spent, PasswordOutcomes::Owner owner) {
  if (spent.before.total() > 0) {
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      co_await parts_.outcomes.right(tx, spent, owner, attempt.client);
      co_return Result<void>{};
    };
    co_await parts_.database.transaction(body);
  }
  co_await parts_.guesses.forgive_window(std::move(spent));
}

}  // namespace secureauth::accounts
