#include "login/passkey_proof.hpp"

#include "crypto/digest.hpp"
#include "mfa/passkeys/passkey_registration.hpp"
#include "mfa/webauthn/response_json.hpp"

#include <algorithm>

namespace secureauth::login {
namespace {

using accounts::Factor;
using audit::Event;
using mfa::OwnedPasskey;
using webauthn::Ceremony;
using webauthn::Refusal;
using webauthn::UserVerification;

constexpr int kOwner = 6;  // steps of §7.2
constexpr int kUserVerified = 17;
constexpr int kBackupEligible = 19;
constexpr int kSignCount = 22;

webauthn::KnownCredential known(const OwnedPasskey& owned) {
  return {.id = owned.passkey.credential_id,
          .user_handle = owned.user_handle,
          .public_key = owned.passkey.public_key,
          .backup_eligible = owned.passkey.backup_eligible,
          .sign_count = static_cast<std::uint32_t>(owned.passkey.sign_count)};
}

/// A security key that never verified anybody cannot do it in a step-up either: it is enough where a password came
/// before it. A passkey that could must.
UserVerification asked_of(const PasskeyProof::Attempt& attempt, const mfa::PasskeyChallenge& challenge,
                          const std::optional<OwnedPasskey>& owned) {
  const bool cannot = attempt.after_password && owned && !owned->passkey.user_verified;
  return cannot ? UserVerification::preferred : challenge.user_verification;
}

/// For step 5: the answer's credential where it was named, else one that nobody has.
std::vector<std::vector<std::byte>> allowed_by(const mfa::PasskeyChallenge& challenge,
                                               const std::vector<std::byte>& credential_id) {
  if (challenge.named.empty()) return {};
  const bool named = std::ranges::find(challenge.named, crypto::sha256(credential_id)) != challenge.named.end();
  return {named ? credential_id : std::vector<std::byte>()};
}

/// What the ceremony's own steps do not see: whose account it was begun for, and whether a passkey that verified
/// nobody before may begin to. Its first PIN can be anybody's who found it, so a password must have come before
/// (§4 "uvInitialized").
std::optional<Refusal> refusal_beyond(const PasskeyProof::Attempt& attempt, const mfa::PasskeyChallenge& challenge,
                                      const OwnedPasskey& owned, const webauthn::Assertion& assertion) {
  if (challenge.user && *challenge.user != owned.account.user.id) {
    return Refusal{kOwner, "the credential is another account's"};
  }
  const bool vouched = attempt.after_password || challenge.sign_in;
  if (assertion.user_verified && !owned.passkey.user_verified && !vouched) {
    return Refusal{kUserVerified, "it verifies its user for the first time, and no password came before it"};
  }
  return std::nullopt;
}

}  // namespace

sessions::FactorProven PasskeyProof::Proven::factor(bool after_password) const {
  std::vector<std::string> amr{owned.passkey.backup_eligible ? "swk" : "hwk", "user"};
  if (after_password || assertion.user_verified) amr.emplace_back("mfa");
  return {Factor::webauthn, std::move(amr)};
}

net::awaitable<Result<PasskeyProof::Opened>> PasskeyProof::operator()(Attempt attempt, Goal goal) {
  // Before step 3: whatever comes of it, nobody finishes this ceremony again.
  auto challenge =
      co_await parts_.challenges.take(parts_.database, attempt.challenge_id, attempt.purposes, attempt.binding);
  if (!challenge) co_return challenge.error();
  Case one{.challenge = *std::move(challenge), .waiting = std::nullopt};
  if (goal.admit) {
    auto admitted = co_await goal.admit(one.challenge);
    if (!admitted) co_return admitted.error();
    one.waiting = *std::move(admitted);
  }
  auto opened = co_await judge(attempt, goal, one);
  co_return opened;
}

net::awaitable<Result<PasskeyProof::Opened>> PasskeyProof::judge(const Attempt& attempt, const Goal& goal, Case& one) {
  auto response = webauthn::read_authentication(attempt.body);
  if (!response) {
    auto refused = co_await refuse(attempt, one, response.error(), std::nullopt, ErrorCode::invalid_request);
    co_return refused;
  }
  one.owned = co_await mfa::passkey_store::find(parts_.database, response->credential_id);
  webauthn::AuthenticationExpectation expected{.relying_party = parts_.settings.relying_party,
                                               .challenge = one.challenge.challenge,
                                               .user_verification = asked_of(attempt, one.challenge, one.owned),
                                               .allowed = allowed_by(one.challenge, response->credential_id),
                                               .user_handle = one.challenge.user_handle,
                                               .refuse_count_going_back = parts_.settings.refuse_count_going_back};
  std::optional<webauthn::KnownCredential> credential;
  if (one.owned) credential = known(*one.owned);
  const auto assertion = webauthn::verify_authentication(*response, credential, expected);
  if (!assertion) {
    std::optional<Event> doubt;
    if (assertion.error().step == kSignCount) doubt = Event::passkey_count_went_back;
    if (assertion.error().step == kBackupEligible) {
      // Anybody can send another flag: it says something only where the signature is right. A copy's count may be
      // behind as well.
      credential->backup_eligible = !credential->backup_eligible;
      expected.refuse_count_going_back = false;
      if (webauthn::verify_authentication(*response, credential, expected)) doubt = Event::passkey_backup_changed;
    }
    auto refused = co_await refuse(attempt, one, assertion.error(), doubt, ErrorCode::mfa_failed);
    co_return refused;
  }
  if (auto beyond = refusal_beyond(attempt, one.challenge, *one.owned, *assertion)) {
    auto refused = co_await refuse(attempt, one, *std::move(beyond), std::nullopt, ErrorCode::mfa_failed);
    co_return refused;
  }
  const Proven proven{*one.owned, *assertion, one.challenge};
  Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Settled>> {
    ended.clear();
    tx.serialize_on(accounts::serial_subject(proven.owned.account.user.id));
    auto settled = co_await settle(tx, attempt, proven, goal, ended);
    co_return settled;
  };
  auto settled = co_await parts_.sessions.ending(body, ended);
  if (!settled) co_return settled.error();
  if (!settled->opened) co_return settled->refusal.value_or(Error(ErrorCode::internal));
  co_return *std::move(settled->opened);
}

net::awaitable<Result<PasskeyProof::Settled>> PasskeyProof::settle(db::Transaction& tx, const Attempt& attempt,
                                                                   const Proven& proven, const Goal& goal,
                                                                   Ended& ended) {
  const auto& [owned, assertion, challenge] = proven;
  const mfa::passkey_store::Use use{assertion.sign_count, assertion.backed_up, assertion.user_verified,
                                    parts_.clock.now()};
  bool grew = false;
  if (!assertion.count_went_back) grew = co_await mfa::passkey_store::record_use(tx, owned.passkey.id, use);
  if (!grew) {
    // Meanwhile another assertion moved the count, or the passkey was removed.
    const auto now = co_await mfa::passkey_store::find(tx, owned.passkey.credential_id);
    const Case one{challenge, std::nullopt, owned};
    if (!now) {
      const Refusal gone{kOwner, "the passkey was removed meanwhile"};
      co_await record_refusal(tx, attempt, one, gone);
      co_return Settled{std::nullopt, Error(ErrorCode::mfa_failed)};
    }
    co_await raise_doubt(tx, attempt, owned, Event::passkey_count_went_back);
    if (parts_.settings.refuse_count_going_back) {
      const Refusal behind{kSignCount, "the sign count did not grow"};
      co_await record_refusal(tx, attempt, one, behind);
      co_return Settled{std::nullopt, Error(ErrorCode::mfa_failed)};
    }
    co_await mfa::passkey_store::record_doubtful_use(tx, owned.passkey.id, use);
  }
  auto opened = co_await goal.settle(tx, proven, ended);
  if (!opened) co_return opened.error();
  co_return Settled{*std::move(opened)};
}

net::awaitable<Error> PasskeyProof::refuse(const Attempt& attempt, const Case& one, Refusal refusal,
                                           std::optional<Event> doubt, ErrorCode code) {
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    co_await record_refusal(tx, attempt, one, refusal);
    if (doubt) {
      co_await raise_doubt(tx, attempt, *one.owned, *doubt);
    } else if (one.waiting) {
      co_await tell_owner(tx, *one.waiting, attempt.client, mail::Kind::second_factor_failed);
    }
    co_return Result<void>{};
  };
  co_await parts_.database.transaction(body);
  co_return Error(code);
}

net::awaitable<void> PasskeyProof::record_refusal(db::Transaction& tx, const Attempt& attempt, const Case& one,
                                                  const Refusal& refusal) {
  auto subject = one.challenge.user;
  if (!subject && one.owned) subject = one.owned->account.user.id;
  audit::Entry entry{.event = attempt.session ? Event::step_up_failed : Event::login_failed,
                     .outcome = audit::Outcome::failure,
                     .actor = attempt.session ? subject : std::nullopt,
                     .subject = subject,
                     .session = attempt.session,
                     .client = attempt.client,
                     .details = mfa::audited(Ceremony::authentication, refusal)};
  entry.details["reason"] = "mfa_failed";
  co_await parts_.audit.record(tx, std::move(entry));
}

net::awaitable<void> PasskeyProof::raise_doubt(db::Transaction& tx, const Attempt& attempt, const OwnedPasskey& owned,
                                               Event event) {
  audit::Entry entry{.event = event,
                     .outcome = audit::Outcome::failure,
                     .subject = owned.account.user.id,
                     .session = attempt.session,
                     .client = attempt.client,
                     .details = {{"passkey", owned.passkey.id.text()}}};
  co_await parts_.audit.record(tx, std::move(entry));
  co_await tell_owner(tx, owned.account, attempt.client, mail::Kind::passkey_doubtful);
}

net::awaitable<void> PasskeyProof::tell_owner(db::Transaction& tx, const accounts::Account& owner,
                                              const ClientInfo& client, mail::Kind kind) {
  const auto& [user, email_key] = owner;
  accounts::Recipient to{user.email, email_key, accounts::locale_of(user)};
  auto letter = parts_.letters.notice(kind, std::move(to), parts_.clock.now(), client, {.factor = Factor::webauthn});
  co_await parts_.outbox.notify(tx, std::move(letter), mail::Cap::hourly);
}

}  // namespace secureauth::login
