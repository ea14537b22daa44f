#include "mfa/passkeys/passkey_registration.hpp"

#include "accounts/user_store.hpp"
#include "crypto/encoding.hpp"
#include "crypto/uuid.hpp"
#include "mfa/passkeys/passkey_options.hpp"
#include "mfa/passkeys/passkey_store.hpp"
#include "mfa/webauthn/response_json.hpp"

#include <array>

namespace secureauth::mfa {
namespace {

using accounts::Factor;
using sessions::Sessions;
using webauthn::Ceremony;
using webauthn::Refusal;

constexpr std::size_t kHandleBytes = 32;  // §14.6.1
constexpr int kUniqueId = 26;             // the step of §7.1

Error too_many() {
  return {ErrorCode::conflict, "The account has as many passkeys as it may have."};
}

/// The session's owner has made a passkey, after whatever opened the session: AAL2, whether or not it verified its
/// user, for a password or a passkey that did came before.
sessions::FactorProven proof_of(const Passkey& passkey) {
  return {Factor::webauthn, {passkey.backup_eligible ? "swk" : "hwk", "user", "mfa"}};
}

}  // namespace

boost::json::object audited(Ceremony ceremony, const Refusal& refusal) {
  return {{"method", accounts::to_text(Factor::webauthn)},
          {"step", refusal.step},
          {"step_name", webauthn::step_name(ceremony, refusal.step)},
          {"detail", refusal.detail}};
}

webauthn::Verdict<Passkey> verify_new_passkey(const PasskeySettings& settings, const PasskeyChallenge& challenge,
                                              const boost::json::object& body, Timestamp now) {
  auto response = webauthn::read_registration(body);
  if (!response) return response.error();
  const webauthn::RegistrationExpectation expected{
      .relying_party = settings.relying_party,
      .challenge = challenge.challenge,
      .user_verification = challenge.user_verification,
      .algorithms = {webauthn::kOfferedAlgorithms.begin(), webauthn::kOfferedAlgorithms.end()},
      .attestation = settings.attestation,
      .device_bound_only = settings.device_bound_only,
      .now = now};
  auto made = webauthn::verify_registration(*response, expected);
  if (!made) return made.error();
  return Passkey{.id = {},
                 .user = {},
                 .credential_id = std::move(made->id),
                 .public_key = std::move(made->public_key),
                 .algorithm = made->algorithm,
                 .sign_count = made->sign_count,
                 .name = {},
                 .transports = std::move(response->transports),
                 .aaguid = made->aaguid,
                 .attestation_format = std::move(made->attestation_format),
                 .attestation_type = made->attestation_type,
                 .attested = made->attested,
                 .user_verified = made->user_verified,
                 .backup_eligible = made->backup_eligible,
                 .backed_up = made->backed_up,
                 .created_at = now,
                 .last_used_at = std::nullopt};
}

net::awaitable<bool> keep_unless_taken(db::Executor& database, const PasskeyDecoys& decoys, Passkey passkey) {
  if (decoys.made(passkey.credential_id)) {
    co_await passkey_store::find(database, std::move(passkey.credential_id));  // as long as an insert that finds one
    co_return false;
  }
  const bool inserted = co_await passkey_store::insert(database, std::move(passkey));
  co_return inserted;
}

Error refused_registration() {
  return {ErrorCode::invalid_request, "The passkey could not be registered."};
}

net::awaitable<Result<boost::json::object>> PasskeyRegistration::start(sessions::SessionRef session,
                                                                       ClientInfo client) {
  const auto& id = session->user.id;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<boost::json::object>> {
    tx.serialize_on(accounts::serial_subject(id));
    const auto account = co_await accounts::user_store::find_by_id(tx, id);
    if (!account) co_return ErrorCode::unauthenticated;
    const auto allowed = sessions::AssurancePolicy::check_again(*session, account->user);
    if (!allowed) co_return allowed.error();
    const auto existing = co_await passkey_store::list(tx, id);
    if (existing.size() >= parts_.settings.most_per_user) co_return too_many();
    std::vector<std::byte> fresh(kHandleBytes);
    parts_.random.fill(fresh);
    const auto handle = co_await passkey_store::user_handle(tx, id, std::move(fresh));
    // Where there is no password, a passkey that cannot open the account alone is none.
    const bool has_password = co_await passkey_store::has_password(tx, id);
    const auto use = has_password ? Use::beside_password : Use::alone;
    PasskeyChallenge asked{
        .purpose = PasskeyPurpose::registration,
        .binding = session->token_hash,
        .user = id,
        .user_verification = has_password ? parts_.settings.user_verification : webauthn::UserVerification::required};
    const auto issued = co_await parts_.challenges.issue(tx, std::move(asked));
    audit::Entry entry{.event = audit::Event::factor_enrolment_started,
                       .actor = id,
                       .subject = id,
                       .session = session->id,
                       .client = client,
                       .details = {{"method", accounts::to_text(Factor::webauthn)}}};
    co_await parts_.audit.record(tx, std::move(entry));
    const auto& user = account->user;
    const PasskeyOwner owner{handle, user.email, user.name.value_or(user.email)};
    co_return creation_request(parts_.settings, issued, owner, describe(existing), use, parts_.clock.now());
  };
  auto answer = co_await parts_.database.transaction(body);
  co_return answer;
}

net::awaitable<Result<PasskeyRegistration::Registered>> PasskeyRegistration::finish(Finish request) {
  const auto& session = *request.session;
  std::vector<PasskeyPurpose> purposes{PasskeyPurpose::registration};
  const auto challenge =
      co_await parts_.challenges.take(parts_.database, request.challenge_id, std::move(purposes), session.token_hash);
  if (!challenge) co_return challenge.error();
  const auto now = parts_.clock.now();
  auto passkey = verify_new_passkey(parts_.settings, *challenge, request.body, now);
  if (!passkey) {
    auto refused = co_await refuse(request, passkey.error());
    co_return refused;
  }
  passkey->id = PasskeyId(crypto::uuid_v7(parts_.random, now));
  passkey->user = session.user.id;
  passkey->name = request.name.empty() ? default_passkey_name(parts_.settings, passkey->aaguid) : request.name;
  Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<Registered>> {
    ended.clear();
    tx.serialize_on(accounts::serial_subject(session.user.id));
    auto kept = co_await keep(tx, request, *passkey, ended);
    co_return kept;
  };
  auto registered = co_await parts_.sessions.ending(body, ended);
  if (!registered && registered.error().code == ErrorCode::invalid_request) {
    Refusal taken{kUniqueId, "the credential is registered already"};
    auto refused = co_await refuse(request, std::move(taken));
    co_return refused;
  }
  co_return registered;
}

net::awaitable<Result<PasskeyRegistration::Registered>> PasskeyRegistration::keep(db::Transaction& tx,
                                                                                  const Finish& request,
                                                                                  const Passkey& passkey,
                                                                                  Sessions::Ended& ended) {
  // Begun in a session that was good for it then: another factor may have come since (ASVS 7.5.1).
  const auto before = co_await accounts::user_store::find_by_id(tx, passkey.user);
  if (!before) co_return ErrorCode::unauthenticated;
  const auto allowed = sessions::AssurancePolicy::check_again(*request.session, before->user);
  if (!allowed) co_return allowed.error();
  const auto existing = co_await passkey_store::list(tx, passkey.user);
  if (existing.size() >= parts_.settings.most_per_user) co_return too_many();
  const bool kept = co_await keep_unless_taken(tx, parts_.decoys, passkey);
  if (!kept) co_return ErrorCode::invalid_request;
  FactorChanges::Change change{
      .session = request.session,
      .assurance = sessions::raised(request.session->assurance, proof_of(passkey), parts_.clock.now()),
      .factor = Factor::webauthn,
      .event = audit::Event::factor_added,
      .notice = mail::Kind::factor_added,
      .end_other_sessions = request.end_other_sessions,
      .client = request.client,
      .details = {{"passkey", passkey.id.text()}}};
  auto opened = co_await parts_.changes.finish(tx, std::move(change), ended);
  if (!opened) co_return opened.error();
  co_return Registered{passkey, *std::move(opened)};
}

net::awaitable<Error> PasskeyRegistration::refuse(const Finish& request, Refusal refusal) {
  const auto& user = request.session->user.id;
  audit::Entry entry{.event = audit::Event::factor_enrolment_failed,
                     .outcome = audit::Outcome::failure,
                     .actor = user,
                     .subject = user,
                     .session = request.session->id,
                     .client = request.client,
                     .details = audited(Ceremony::registration, refusal)};
  co_await parts_.audit.record_alone(parts_.database, std::move(entry));
  co_return refused_registration();
}

}  // namespace secureauth::mfa
