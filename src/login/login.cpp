#include "login/login.hpp"

#include "protection/client_address.hpp"

namespace secureauth::login {
namespace {

std::optional<std::string> hash_of(const std::optional<accounts::PasswordCredential>& credential) {
  if (!credential) return std::nullopt;
  return credential->password_hash;
}

/// Of a wrong password. `address` is the digest of the one that was tried, told where nobody has it.
audit::Entry failure_of(const accounts::PasswordCredentials& known, std::string_view address,
                        const ClientInfo& client) {
  const auto& whose = known.account ? known.account : known.registration;
  audit::Entry failure{.event = audit::Event::login_failed, .outcome = audit::Outcome::failure, .client = client};
  if (whose) {
    failure.subject = whose->user.id;
  } else {
    failure.details["address"] = address;
  }
  return failure;
}

/// Who hears of a lock. An address that was never proven is nobody's.
accounts::PasswordOutcomes::Owner owner_of(const accounts::PasswordCredentials& known,
                                           const accounts::EmailAddress& asked) {
  if (!known.account) return {{asked.spelling(), asked.key()}, false};
  const auto& user = known.account->user;
  return {{user.email, asked.key(), accounts::locale_of(user)}, user.status == accounts::Status::active};
}

}  // namespace

net::awaitable<Result<Login::Outcome>> Login::operator()(Request request) {
  const auto subject = parts_.guesses.subject_of(request.email.key());
  const bool has_work = co_await has_worked(request, subject);
  if (!has_work && request.known_browser.empty()) co_return parts_.work.demand(subject);
  const auto now = parts_.clock.now();
  auto known = co_await accounts::find_password_credentials(parts_.database, request.email.key(), subject, now);
  auto guess = guess_of(request, subject, known.account);
  // Where the share of known browsers is used up, whichever of them did it, another one is as good as any: no less.
  if (known.failed.of(true).in_a_row >= protection::PasswordGuesses::kForKnown) guess.known_browser.reset();
  if (!has_work && !guess.known_browser) co_return parts_.work.demand(subject);
  const auto lane = guess.known_browser ? passwords::HashingPool::Lane::known : passwords::HashingPool::Lane::strangers;
  // Counted before the hash is computed, so that parallel guesses cannot outrun the count.
  auto spent = co_await parts_.guesses.spend(std::move(guess), known.failed);
  if (spent.refusal) co_return *std::move(spent.refusal);
  auto failure = failure_of(known, parts_.digest.of(request.email.key()), request.client);
  auto owner = owner_of(known, request.email);
  auto proven = co_await prove(std::move(known), request.password.clone(), lane);
  if (!proven && proven.error().code == ErrorCode::overloaded) {
    co_await parts_.guesses.give_back(std::move(spent));
    co_return proven.error();
  }
  parts_.watch.saw(request.client.ip, subject, proven.has_value());
  if (!proven) {
    failure.details["reason"] = refusal_reason(proven.error().code);
    co_await record_wrong(std::move(spent), std::move(failure), std::move(owner));
    co_return proven.error();
  }
  auto outcome = co_await go_on(*std::move(proven), std::move(request), std::move(spent));
  co_return outcome;
}

net::awaitable<bool> Login::has_worked(const Request& request, Subject subject) {
  if (!parts_.work.is_due(request.client.ip)) co_return true;
  if (!request.work) co_return false;
  const bool redeemed = co_await parts_.work.redeem(*request.work, subject);
  co_return redeemed;
}

protection::PasswordGuesses::Guess Login::guess_of(const Request& request, Subject subject,
                                                   const std::optional<Credential>& account) const {
  protection::PasswordGuesses::Guess guess{.subject = subject, .network = protection::network_of(request.client.ip)};
  if (!account) return guess;
  const protection::KnownBrowsers::Owner owner{account->user.id, account->version, account->factors_version};
  guess.known_browser = parts_.known_browsers.mark(request.known_browser, owner);
  return guess;
}

net::awaitable<Result<Login::Proven>> Login::prove(accounts::PasswordCredentials known, passwords::Password password,
                                                   passwords::HashingPool::Lane lane) {
  // Two hashes for every refusal. Whoever registered an address, taken or not, is told the same by his password, so
  // that registering and then signing in finds no account out; and an address that waits for its link costs as much as
  // any other (docs/adr/0011-refused-sign-ins.md).
  auto account = hash_of(known.account);
  auto registration = hash_of(known.registration);
  const auto verdict =
      co_await parts_.hasher.verify_either(std::move(password), std::move(account), std::move(registration), lane);
  if (!verdict) co_return verdict.error();
  if (verdict->first.matches) co_return Proven{*std::move(known.account), verdict->first};
  co_return verdict->second.matches ? ErrorCode::email_not_verified : ErrorCode::invalid_credentials;
}

net::awaitable<Result<Login::Outcome>> Login::go_on(Proven proven, Request request, Spent spent) {
  const auto& [credential, verdict] = proven;
  const auto& user = credential.user;
  if (verdict.compromised && user.email_verified && !user.password_must_change) {
    co_await demand_change(credential, request.email.key(), request.client);
    accounts::Account account{user, request.email.key()};
    co_await record_refusal(std::move(account), std::move(spent), ErrorCode::password_change_required, request.client);
    co_return ErrorCode::password_change_required;
  }
  std::optional<std::string> rehashed;
  if (verdict.outdated) {
    auto hash = co_await parts_.hasher.hash(request.password.clone(), credential.password_hash);
    if (hash) rehashed = *std::move(hash);  // else the next sign-in tries again
  }
  const accounts::PasswordOutcomes::Owner mailbox{{user.email, request.email.key(), accounts::locale_of(user)}, true};
  const auto client = request.client;
  const Admission::Also also = [&](db::Transaction& tx) -> net::awaitable<void> {
    co_await parts_.outcomes.right(tx, spent, mailbox, client);
    if (rehashed) co_await accounts::replace_password_hash(tx, user.id, credential.password_hash, *rehashed);
  };
  const protection::KnownBrowsers::Owner owner{user.id, credential.version, credential.factors_version};
  Arrival arrival{.account = {user, request.email.key()},
                  .proven = {credential.version, credential.factors_version},
                  .amr = {"pwd"},
                  .factor = std::nullopt,
                  .trusted_browser = user.has_second_factor() && !parts_.policy.demands_factor(user.role) &&
                                     parts_.trusted_browsers.knows(request.trusted_browser, owner),
                  .client = std::move(request.client),
                  .presented = request.presented,
                  .known_browser = std::move(request.known_browser)};
  const bool is_admissible =
      user.email_verified && user.status == accounts::Status::active && !user.password_must_change;
  if (is_admissible && user.has_second_factor() && !arrival.trusted_browser) {
    auto due = co_await challenge(std::move(arrival), also);
    co_await parts_.guesses.forgive_window(spent);
    co_return Outcome(std::move(due));
  }
  auto opened = co_await open(std::move(arrival), spent, also);
  co_return opened;
}

net::awaitable<Result<Login::Outcome>> Login::open(Arrival arrival, Spent spent, Admission::Also also) {
  auto sign_in = parts_.admission.sign_in(arrival, std::move(also));
  sign_in.afterwards = [this, spent] { return parts_.guesses.forgive_window(spent); };
  auto opened = co_await parts_.sessions.open(std::move(sign_in));
  if (!opened) {
    const auto reason = opened.error().code;
    co_await record_refusal(std::move(arrival.account), std::move(spent), reason, std::move(arrival.client));
    co_return opened.error();
  }
  co_return Outcome(parts_.admission.let_in(*std::move(opened), arrival));
}

net::awaitable<Login::MfaDue> Login::challenge(Arrival arrival, Admission::Also also) {
  const auto& user = arrival.account.user;
  const auto now = parts_.clock.now();
  // Another cookie each time: what somebody planted in the browser is never adopted.
  MfaDue due{.challenge = ChallengeToken::generate(parts_.random),
             .browser = sessions::PreSessionToken::generate(parts_.random),
             .methods = user.second_factors,
             .life = challenge_ttl_};
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    co_await also(tx);
    challenge_store::New made{.id = {due.challenge.hash(), due.browser.hash()},
                              .user = user.id,
                              .methods = accounts::to_text(due.methods),
                              .proven = arrival.proven,
                              .created_at = now,
                              .expires_at = now + challenge_ttl_};
    co_await challenge_store::insert(tx, std::move(made));
    if (user.has(accounts::Factor::webauthn)) {
      due.webauthn = co_await parts_.passkeys.of_second_factor(tx, user.id, due.challenge.hash(), due.browser.hash());
    }
    audit::Entry entry{.event = audit::Event::login_challenged,
                       .subject = user.id,
                       .client = arrival.client,
                       .details = {{"known_browser", parts_.admission.knows(arrival)}}};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return Result<void>{};
  };
  co_await parts_.database.transaction(body);
  co_return due;
}

net::awaitable<void> Login::demand_change(Credential proven, std::string email_key, ClientInfo client) {
  const auto& user = proven.user.id;
  const auto now = parts_.clock.now();
  sessions::Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    ended.clear();
    tx.serialize_on(accounts::serial_subject(user));
    const auto current = co_await accounts::find_password_credential(tx, user);
    // Of sign-ins at once the first has done it; and another password may stand there by now.
    const bool stands = current && current->version == proven.version && !current->user.password_must_change;
    if (!stands) co_return Result<void>{};
    co_await accounts::demand_password_change(tx, user, accounts::PasswordMustChange::compromised);
    const auto reason = audit::name_of(audit::Event::password_change_demanded);
    ended = co_await parts_.sessions.end_all(tx, user, reason, client);
    audit::Entry entry{.event = audit::Event::password_change_demanded,
                       .subject = user,
                       .client = client,
                       .details = {{"reason", to_text(accounts::PasswordMustChange::compromised)}}};
    co_await parts_.audit.record(tx, std::move(entry));
    accounts::Recipient owner{current->user.email, email_key, accounts::locale_of(current->user)};
    auto letter = parts_.letters.notice(mail::Kind::password_compromised, std::move(owner), now, client);
    co_await parts_.outbox.notify(tx, std::move(letter), mail::Cap::none);
    co_return Result<void>{};
  };
  co_await parts_.sessions.ending(body, ended);
}

net::awaitable<void> Login::record_wrong(Spent spent, audit::Entry failure, accounts::PasswordOutcomes::Owner owner) {
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    co_await parts_.outcomes.wrong(tx, spent, failure, owner);
    co_return Result<void>{};
  };
  co_await parts_.database.transaction(body);
}

net::awaitable<void> Login::record_refusal(accounts::Account account, Spent spent, ErrorCode reason,
                                           ClientInfo client) {
  const auto& [user, email_key] = account;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    accounts::PasswordOutcomes::Owner owner{{user.email, email_key, accounts::locale_of(user)}, true};
    co_await parts_.outcomes.right(tx, spent, std::move(owner), client);
    audit::Entry entry{.event = audit::Event::login_failed,
                       .outcome = audit::Outcome::failure,
                       .subject = user.id,
                       .client = client,
                       .details = {{"reason", refusal_reason(reason)}}};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return Result<void>{};
  };
  co_await parts_.database.transaction(body);
  co_await parts_.guesses.forgive_window(std::move(spent));
}

}  // namespace secureauth::login
