#pragma once

#include "accounts/account_data.hpp"
#include "accounts/account_deletion.hpp"
#include "accounts/email_change.hpp"
#include "accounts/password_change.hpp"
#include "accounts/password_outcomes.hpp"
#include "accounts/password_proof.hpp"
#include "accounts/password_reset.hpp"
#include "accounts/profile.hpp"
#include "accounts/registration.hpp"
#include "admin/audit_reader.hpp"
#include "admin/lockouts.hpp"
#include "admin/sign_in_statistics.hpp"
#include "admin/user_admin.hpp"
#include "admin/user_directory.hpp"
#include "audit/address_digest.hpp"
#include "audit/audit_log.hpp"
#include "audit/head_file.hpp"
#include "audit/live_tail.hpp"
#include "audit/refusals.hpp"
#include "audit/signed_head.hpp"
#include "ephemeral/guarded_store.hpp"
#include "ephemeral/memory/memory_store.hpp"
#include "ephemeral/redis/redis_shared_cache.hpp"
#include "ephemeral/redis/redis_store.hpp"
#include "keys/keys.hpp"
#include "login/login.hpp"
#include "login/passkey_login.hpp"
#include "login/passkey_step_up.hpp"
#include "login/second_factor_login.hpp"
#include "login/step_up.hpp"
#include "mail/outbox.hpp"
#include "mfa/factor_reset.hpp"
#include "mfa/passkeys/passkey_registration.hpp"
#include "mfa/passkeys/passkey_sign_up.hpp"
#include "mfa/passkeys/passkeys.hpp"
#include "mfa/recovery/recovery_codes.hpp"
#include "mfa/totp/totp_changes.hpp"
#include "mfa/webauthn/metadata_file.hpp"
#include "passwords/password_hasher.hpp"
#include "passwords/password_policy.hpp"
#include "protection/rate_limits.hpp"
#include "sessions/sessions.hpp"
#include "settings/config.hpp"
#include "tokens/session_tokens.hpp"

#include <memory>

namespace secureauth::app {

/// Every part that knows no HTTP, built from the settings in the order in which one needs the other, and taken down in
/// reverse. The service and the command line stand on the same ones.
class Components {
 public:
  /// Opens the record store and the files of passwords. Throws db::DatabaseError or std::runtime_error with one clear
  /// sentence.
  explicit Components(const settings::Config& config);
  /// On a record store that is open already.
  Components(const settings::Config& config, std::shared_ptr<db::Database> opened);

  /// Brings an empty or older schema up to date in development; in production only checks it: an operator decides when.
  /// Throws std::runtime_error telling what to do.
  void prepare_schema(const settings::Config& config);

  /// Reads the key that addresses are known by, or draws one where there is none; to be called before anything else is
  /// asked, and again when the key may be another. Throws std::runtime_error when SECRET_KEY does not open it.
  void load_names_key();

  /// To be called before anything is recorded: under a key that nobody keeps, entries would be lost to the sealed log.
  /// Throws audit::KeyNotKnown.
  void check_audit_key();

  /// Whether Redis, where one is configured, answers and has heard of every session that ended here.
  net::awaitable<bool> redis_serves();

  /// For those who know no factors.
  accounts::DropFactors factor_dropper();

  keys::Keys keys;
  SystemClock clock;
  crypto::SystemRandom random;
  std::shared_ptr<db::Database> database;
  std::unique_ptr<ephemeral::redis::Client> redis;  ///< this and what stands on it: null without REDIS_URL
  std::unique_ptr<ephemeral::redis::RedisSharedCache> shared_cache;
  std::unique_ptr<sessions::SharedSessions> shared_sessions;
  ephemeral::MemoryStore own_ephemeral;
  std::unique_ptr<ephemeral::redis::RedisStore> shared_ephemeral;
  std::unique_ptr<ephemeral::GuardedStore> guarded_ephemeral;
  ephemeral::EphemeralStore& ephemeral_store;  ///< the guarded one with Redis, else this process's own
  protection::RateLimits rate_limits;
  audit::AuditKeys audit_keys;
  audit::AuditLog audit;
  audit::AddressDigest address_digest;
  audit::Refusals refusals;
  audit::HeadVerifier audit_heads;
  audit::HeadFile audit_head_file;
  mail::Outbox outbox;
  passwords::HashingPool hashing_pool;
  passwords::HashingPool
      judging_pool;  ///< of its own: a judgement costs a hundredth of a hash and must not wait for one
  passwords::CompromisedPasswords compromised_passwords;
  passwords::PasswordPolicy password_policy;
  passwords::PasswordHasher password_hasher;
  sessions::AssurancePolicy assurance;
  sessions::Sessions sessions;
  accounts::AccountLetters letters;
  crypto::KeyRing totp_keys;
  mfa::TotpAuthenticators totp;
  mfa::FactorChanges factor_changes;
  mfa::TotpChanges totp_changes;
  protection::FactorGuesses factor_guesses;
  mfa::RecoveryCodes recovery_codes;
  mfa::FactorReset factor_reset;
  std::unique_ptr<webauthn::MetadataFile> authenticator_metadata;  ///< null without WEBAUTHN_MDS_FILE
  mfa::PasskeySettings passkey_settings;
  mfa::PasskeyChallenges passkey_challenges;
  mfa::PasskeyDecoys passkey_decoys;
  mfa::PasskeyRequests passkey_requests;
  mfa::PasskeyRegistration passkey_registration;
  mfa::Passkeys passkeys;
  protection::KnownBrowsers known_browsers;
  protection::PasswordGuesses password_guesses;
  accounts::Registration registration;
  mfa::PasskeySignUp passkey_sign_up;
  accounts::PasswordOutcomes password_outcomes;
  protection::StuffingWatch stuffing_watch;
  protection::ProofOfWork proof_of_work;
  protection::KnownBrowsers trusted_browsers;
  login::Admission admission;
  login::Login login;
  login::FactorProof factor_proof;
  login::SecondFactorLogin second_factor_login;
  login::PasskeyProof passkey_proof;
  login::PasskeyLogin passkey_login;
  login::PasskeyStepUp passkey_step_up;
  accounts::PasswordProof password_proof;
  login::StepUp step_up;
  accounts::PasswordReset password_reset;
  accounts::PasswordChange password_change;
  accounts::EmailChange email_change;
  accounts::Profile profile;
  tokens::TokenKeys token_keys;
  tokens::SessionTokens session_tokens;
  accounts::AccountData account_data;
  accounts::AccountDeletion account_deletion;
  admin::UserAdmin user_admin;
  admin::UserDirectory user_directory;
  admin::AuditReader audit_reader;
  audit::LiveTail audit_tail;
  admin::SignInStatistics sign_in_statistics;
  admin::Lockouts lockouts;
};

}  // namespace secureauth::app
