#include "accounts/registration.hpp"

#include "crypto/uuid.hpp"

namespace secureauth::accounts {
namespace {

using audit::Event;
using mail::Cap;
using mail::Kind;
using registration_store::Pending;

Recipient mailbox_of(const Pending& pending) {
  return {pending.email, pending.email_key, locale_or_english(pending.locale)};
}

}  // namespace

net::awaitable<Result<Registration::Accepted>> Registration::request(Request request) {
  auto hash = co_await parts_.hasher.hash(std::move(request.password));
  if (!hash) co_return hash.error();
  auto accepted = co_await file(std::move(request.who), *std::move(hash), std::nullopt);
  co_return accepted;
}

net::awaitable<Registration::Accepted> Registration::request_with_passkey(Who who, std::string passkey) {
  auto accepted = co_await file(std::move(who), std::string(passwords::kNoPassword), std::move(passkey));
  co_return accepted;
}

net::awaitable<Registration::Accepted> Registration::file(Who who, std::string password_hash,
                                                          std::optional<std::string> passkey) {
  const auto now = parts_.clock.now();
  const auto token = VerificationToken::generate(parts_.random);
  const Pending pending{.id = crypto::uuid_v7(parts_.random, now),
                        .email = who.email.spelling(),
                        .email_key = who.email.key(),
                        .name = who.name,
                        .password_hash = std::move(password_hash),
                        .locale = std::string(to_text(who.locale)),
                        .created_at = now,
                        .passkey = std::move(passkey)};
  auto body = [this, &pending, &who, token, now](db::Transaction& tx) -> net::awaitable<Result<void>> {
    const auto owner = co_await registration_store::owner_of(tx, pending.email_key);
    // Stored even for a taken address, where nobody ever gets the token: both ways cost the same statements.
    co_await registration_store::insert(tx, pending, token.hash(), now + token_ttl_);
    auto letter = verification_letter(pending, token);
    if (owner) {
      Recipient mailbox{owner->email, pending.email_key, locale_or_english(owner->locale)};
      letter = parts_.letters.plain(Kind::address_taken, std::move(mailbox));
    }
    const bool queued = co_await parts_.outbox.enqueue(tx, std::move(letter));
    // A mailbox whose hour strangers have filled holds only their links: they must not open this owner's account. The
    // statements run in every case, for nobody where there is nothing to do.
    std::string full_mailbox = queued ? "" : pending.email_key;
    co_await registration_store::kill_links(tx, std::move(full_mailbox));
    auto advice = parts_.letters.plain(Kind::sign_up_again, mailbox_of(pending));
    co_await parts_.outbox.notify(tx, std::move(advice), queued || owner ? Cap::nobody : Cap::hourly);
    audit::Entry entry{.event = owner ? Event::registration_for_taken : Event::user_registered,
                       .subject = UserId(owner ? owner->id : pending.id),
                       .client = who.client};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return Result<void>{};
  };
  co_await parts_.database.transaction(body);
  co_return Accepted{pending.id, pending.email};
}

net::awaitable<Result<UserId>> Registration::verify(VerificationToken token, VerifyingBrowser browser) {
  const auto now = parts_.clock.now();
  auto body = [this, &browser, &token, now](db::Transaction& tx) -> net::awaitable<Result<UserId>> {
    const auto pending = co_await registration_store::consume(tx, token.hash(), now);
    if (!pending) co_return ErrorCode::invalid_token;
    const bool activated = co_await registration_store::activate(tx, *pending, now);
    if (!activated) co_return ErrorCode::invalid_token;
    co_await registration_store::discard_for(tx, pending->email_key);
    // What was guessed before there was anything to guess locks nobody out who has just proven the mailbox.
    co_await parts_.guesses.unlock(tx, parts_.guesses.subject_of(pending->email_key));
    const UserId id(pending->id);
    if (pending->passkey) {
      const auto adopted = co_await parts_.adopt_passkey(tx, id, *pending->passkey, browser);
      if (!adopted) co_return adopted.error();
    }
    audit::Entry entry{.event = Event::email_verified, .actor = id, .subject = id, .client = browser.client};
    co_await parts_.audit.record(tx, std::move(entry));
    co_return id;
  };
  auto result = co_await parts_.database.transaction(body);
  co_return result;
}

net::awaitable<void> Registration::resend(EmailAddress email, ClientInfo client) {
  const auto now = parts_.clock.now();
  const Pending nobody{.id = crypto::uuid_v7(parts_.random, now),
                       .email = email.spelling(),
                       .email_key = email.key(),
                       .name = std::nullopt,
                       .password_hash = "",
                       .locale = "",
                       .created_at = now};
  const auto token = VerificationToken::generate(parts_.random);
  const auto address = parts_.digest.of(email.key());
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    const auto live = co_await registration_store::live_for(tx, email.key(), now);
    const auto owner = co_await registration_store::owner_of(tx, email.key());
    const bool waiting = !owner && !live.empty();
    const bool only = waiting && live.size() == 1;
    // The same statements for every address, for nobody where there is nothing to do (ASVS 6.3.8).
    const auto& newest = waiting ? live.front() : nobody;
    auto letter = waiting && !only ? parts_.letters.plain(Kind::sign_up_again, mailbox_of(newest))
                                   : verification_letter(newest, token);
    const bool queued = co_await parts_.outbox.enqueue(tx, std::move(letter), waiting ? Cap::hourly : Cap::nobody);
    // A link that is not mailed must not kill the one that was.
    const auto& renewed = queued && only ? newest : nobody;
    co_await registration_store::replace_token(tx, renewed.id, token.hash(), now + token_ttl_);
    std::optional<UserId> subject;
    if (waiting) subject = UserId(newest.id);
    audit::Entry entry{.event = Event::verification_requested, .subject = subject, .client = client};
    if (!subject) entry.details["address"] = address;
    co_await parts_.audit.record(tx, std::move(entry));
    co_return Result<void>{};
  };
  co_await parts_.database.transaction(body);
}

net::awaitable<void> Registration::forget_expired(const db::GoOn& go_on) {
  co_await registration_store::forget_expired(parts_.database, parts_.clock.now(), go_on);
}

mail::Letter Registration::verification_letter(const Pending& pending, const VerificationToken& token) const {
  auto letter =
      parts_.letters.with_token(Kind::verify_email, mailbox_of(pending), "/verify-email", token.text(), token_ttl_);
  letter.values["time"] = mail::in_words(pending.created_at, letter.locale);
  return letter;
}

}  // namespace secureauth::accounts
