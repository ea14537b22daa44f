#include "mfa/passkeys/passkey_sign_up.hpp"

#include "crypto/encoding.hpp"
#include "crypto/uuid.hpp"
#include "mfa/factor_store.hpp"
#include "mfa/passkeys/passkey_options.hpp"
#include "mfa/passkeys/passkey_registration.hpp"
#include "mfa/passkeys/passkey_store.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace secureauth::mfa {
namespace {

namespace json = boost::json;

constexpr std::size_t kHandleBytes = 32;  // WebAuthn §14.6.1

json::string encoded(std::span<const std::byte> bytes) {
  return json::string(crypto::base64url_encode(bytes));
}

std::vector<std::byte> decoded(const json::value& text) {
  return crypto::base64url_decode(text.as_string()).value();
}

/// As it lies in the registration. Nothing of it is a secret.
std::string to_json(const Passkey& passkey, std::span<const std::byte> user_handle) {
  return json::serialize(json::object{{"user_handle", encoded(user_handle)},
                                      {"credential_id", encoded(passkey.credential_id)},
                                      {"public_key", encoded(passkey.public_key)},
                                      {"algorithm", static_cast<int>(passkey.algorithm)},
                                      {"sign_count", passkey.sign_count},
                                      {"name", passkey.name},
                                      {"transports", json::array(passkey.transports.begin(), passkey.transports.end())},
                                      {"aaguid", encoded(passkey.aaguid)},
                                      {"attestation_format", passkey.attestation_format},
                                      {"attestation_type", static_cast<int>(passkey.attestation_type)},
                                      {"attested", passkey.attested},
                                      {"backup_eligible", passkey.backup_eligible},
                                      {"backed_up", passkey.backed_up},
                                      {"created_at", to_rfc3339(passkey.created_at)}});
}

Passkey from_json(const json::object& object, PasskeyId id, UserId user) {
  Passkey passkey{.id = std::move(id),
                  .user = std::move(user),
                  .credential_id = decoded(object.at("credential_id")),
                  .public_key = decoded(object.at("public_key")),
                  .algorithm = webauthn::cose_algorithm_from(object.at("algorithm").as_int64()).value(),
                  .sign_count = object.at("sign_count").as_int64(),
                  .name = std::string(object.at("name").as_string()),
                  .transports = json::value_to<std::vector<std::string>>(object.at("transports")),
                  .aaguid = {},
                  .attestation_format = std::string(object.at("attestation_format").as_string()),
                  .attestation_type = static_cast<webauthn::AttestationType>(object.at("attestation_type").as_int64()),
                  .attested = object.at("attested").as_bool(),
                  .user_verified = true,  // or it would not have been taken
                  .backup_eligible = object.at("backup_eligible").as_bool(),
                  .backed_up = object.at("backed_up").as_bool(),
                  .created_at = from_rfc3339(object.at("created_at").as_string()),
                  .last_used_at = std::nullopt};
  std::ranges::copy(decoded(object.at("aaguid")), passkey.aaguid.begin());
  return passkey;
}

/// Nobody's password yet: the note makes no browser a known one of the account that may come to be.
protection::KnownBrowsers::Owner signed_up(UserId user) {
  return {.user = std::move(user), .password_version = 0};
}

}  // namespace

net::awaitable<json::object> PasskeySignUp::start(accounts::EmailAddress email, std::optional<std::string> name,
                                                  crypto::Sha256 browser) {
  std::vector<std::byte> handle(kHandleBytes);
  parts_.random.fill(handle);
  PasskeyChallenge asked{.purpose = PasskeyPurpose::sign_up,
                         .binding = browser,
                         .user = std::nullopt,
                         .user_verification = webauthn::UserVerification::required,
                         .user_handle = handle,
                         .sign_up = PasskeyChallenge::SignUp{email.spelling(), name}};
  const auto issued = co_await parts_.challenges.issue(parts_.database, std::move(asked));
  const PasskeyOwner owner{std::move(handle), email.spelling(), name.value_or(email.spelling())};
  const std::vector<PasskeyDescriptor> none;
  co_return creation_request(parts_.settings, issued, owner, none, Use::alone, parts_.clock.now());
}

net::awaitable<Result<PasskeySignUp::Accepted>> PasskeySignUp::finish(Finish finish) {
  std::vector<PasskeyPurpose> purposes{PasskeyPurpose::sign_up};
  const auto challenge =
      co_await parts_.challenges.take(parts_.database, finish.challenge_id, std::move(purposes), finish.browser);
  if (!challenge) co_return challenge.error();
  auto passkey = verify_new_passkey(parts_.settings, *challenge, finish.body, parts_.clock.now());
  if (!passkey) {
    audit::Entry entry{.event = audit::Event::factor_enrolment_failed,
                       .outcome = audit::Outcome::failure,
                       .client = finish.client,
                       .details = audited(webauthn::Ceremony::registration, passkey.error())};
    co_await parts_.audit.record_alone(parts_.database, std::move(entry));
    co_return refused_registration();
  }
  passkey->name = finish.name.empty() ? default_passkey_name(parts_.settings, passkey->aaguid) : finish.name;
  const auto& [email, name] = challenge->sign_up.value();
  accounts::Registration::Who who{accounts::EmailAddress::parse(email).value(), name, finish.client, finish.locale};
  auto waiting = to_json(*passkey, challenge->user_handle.value());
  auto accepted = co_await parts_.registration.request_with_passkey(std::move(who), std::move(waiting));
  auto known_browser = parts_.browsers.remember(finish.known_browser, signed_up(UserId(accepted.id)));
  co_return Accepted{std::move(accepted), std::move(known_browser)};
}

net::awaitable<Result<void>> PasskeySignUp::adopt(db::Transaction& tx, UserId user, std::string passkey,
                                                  accounts::VerifyingBrowser browser) {
  // A mailbox's owner may open the link of whoever signed the address up; with a passkey that would stay for good.
  if (!parts_.browsers.knows(browser.known_browser, signed_up(user))) {
    co_return Error(ErrorCode::invalid_token, "Open the link in the browser that signed up, or enter the code there.");
  }
  const auto value = json::parse(passkey);
  const auto& object = value.as_object();
  const PasskeyId id(crypto::uuid_v7(parts_.random, from_rfc3339(object.at("created_at").as_string())));
  auto made = from_json(object, id, user);
  const bool inserted = co_await keep_unless_taken(tx, parts_.decoys, std::move(made));
  if (!inserted) co_return ErrorCode::invalid_token;
  auto handle = decoded(object.at("user_handle"));
  co_await passkey_store::user_handle(tx, user, std::move(handle));
  co_await factor_store::refresh(tx, user, true);
  audit::Entry entry{.event = audit::Event::factor_added,
                     .actor = user,
                     .subject = user,
                     .client = std::move(browser.client),
                     .details = {{"method", accounts::to_text(accounts::Factor::webauthn)}, {"passkey", id.text()}}};
  co_await parts_.audit.record(tx, std::move(entry));
  co_return Result<void>{};
}

}  // namespace secureauth::mfa
