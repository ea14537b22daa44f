#include "app/components.hpp"

#include "app/record_store.hpp"
#include "app/schema_record.hpp"
#include "audit/known_key.hpp"
#include "core/run_to_end.hpp"
#include "keys/names_key.hpp"
#include "settings/page_origin.hpp"
#include "settings/password_rules.hpp"
#include "telemetry/log.hpp"

#include <stdexcept>

namespace secureauth::app {
namespace {

passwords::Argon2Cost argon2_cost(const settings::Config& config) {
  return {.memory_kib = config.argon2_memory_cost_kib,
          .time = config.argon2_time_cost,
          .parallelism = config.argon2_parallelism};
}

using ephemeral::GuardedStore;
using ephemeral::redis::RedisSharedCache;
using ephemeral::redis::RedisStore;

std::unique_ptr<ephemeral::redis::Client> open_redis(const settings::Config& config) {
  if (config.redis_url.empty()) return nullptr;
  return std::make_unique<ephemeral::redis::Client>(
      ephemeral::redis::ClientOptions{.url = ephemeral::redis::parse_url(config.redis_url),
                                      .command_timeout = config.redis_timeout,
                                      .connect_timeout = 4 * config.redis_timeout,
                                      .allow_plaintext = config.allow_plaintext_backends,
                                      .ca_file = config.redis_ca_file.string()});
}

/// Who vouches for authenticators, where the settings name somebody.
std::unique_ptr<webauthn::MetadataFile> open_metadata(const settings::Config& config, const Clock& clock) {
  if (config.webauthn_mds_file.empty()) return nullptr;
  using enum webauthn::AttestationConveyance;
  const auto asked = config.passkeys.attestation.conveyance;
  const bool lets_in = asked == direct || asked == enterprise;
  const webauthn::MetadataFile::Files files{
      .blob = config.webauthn_mds_file,
      .roots = config.webauthn_mds_root_file,
      .expired = lets_in ? webauthn::ExpiredSigner::refused : webauthn::ExpiredSigner::accepted};
  return std::make_unique<webauthn::MetadataFile>(files, clock);
}

std::unique_ptr<sessions::SharedSessions> share_sessions(Components& made, const crypto::RotatingKey& secret_key) {
  return std::make_unique<sessions::SharedSessions>(
      sessions::SharedSessions::Parts{.cache = *made.shared_cache, .clock = made.clock, .random = made.random},
      secret_key);
}

}  // namespace

Components::Components(const settings::Config& config) : Components(config, open_record_store(config)) {}

Components::Components(const settings::Config& config, std::shared_ptr<db::Database> opened)
    : keys(config),
      database(std::move(opened)),
      redis(open_redis(config)),
      shared_cache(redis ? std::make_unique<RedisSharedCache>(*redis, config.redis_key_prefix) : nullptr),
      shared_sessions(shared_cache ? share_sessions(*this, keys.secret) : nullptr),
      own_ephemeral(clock),
      shared_ephemeral(redis ? std::make_unique<RedisStore>(*redis, config.redis_key_prefix) : nullptr),
      guarded_ephemeral(shared_ephemeral ? std::make_unique<GuardedStore>(*shared_ephemeral, own_ephemeral) : nullptr),
      ephemeral_store(guarded_ephemeral ? static_cast<ephemeral::EphemeralStore&>(*guarded_ephemeral) : own_ephemeral),
      rate_limits(ephemeral_store, config.rate_limits),
      audit_keys(keys.audit),
      audit(clock, random, audit_keys),
      address_digest(keys.names),
      refusals(clock),
      audit_heads(audit_keys),
      audit_head_file(config.audit_head_file),
      outbox(clock, random, {keys.secret, keys.names}, mail::Templates(config.mail_templates_dir), config.mail_off),
      hashing_pool({.threads = config.hash_threads,
                    .max_wait = config.hash_queue_max_wait,
                    .first_guess = passwords::guess_duration(argon2_cost(config))}),
      judging_pool({.threads = 1, .max_wait = config.hash_queue_max_wait, .first_guess = std::chrono::milliseconds(1)}),
      compromised_passwords(settings::password_files(config)),
      password_policy(judging_pool, compromised_passwords, settings::password_rules(config)),
      password_hasher(hashing_pool, argon2_cost(config), random,
                      crypto::Derived<passwords::Pepper>(
                          keys.pepper, [](const crypto::KeyGenerations& all) { return passwords::Pepper(all); }),
                      &compromised_passwords),
      assurance(clock, config.step_up_max_age, config.mfa_required_roles),
      sessions({.database = *database,
                .policy = assurance,
                .audit = audit,
                .clock = clock,
                .random = random,
                .shared = shared_sessions.get()},
               {.idle_timeout = config.session_idle_timeout,
                .absolute_timeout = config.session_absolute_timeout,
                .most_per_user = config.max_sessions_per_user,
                .local_cache = config.session_local_cache}),
      letters(config.public_url.host, settings::page_origin(config)),
      totp_keys(keys.totp),
      totp({.keys = totp_keys, .audit = audit, .clock = clock, .random = random},
           {.issuer = config.totp_issuer,
            .fresh = config.totp,
            .skew_steps = config.totp_skew_steps,
            .enrolment_ttl = config.mfa_challenge_ttl}),
      factor_changes({.sessions = sessions, .outbox = outbox, .letters = letters, .audit = audit, .clock = clock}),
      totp_changes({.database = *database,
                    .sessions = sessions,
                    .policy = assurance,
                    .authenticators = totp,
                    .changes = factor_changes,
                    .audit = audit}),
      factor_guesses(clock, {.in_window = config.lockout_threshold,
                             .window = config.lockout_window,
                             .in_a_row = config.lockout_max_consecutive}),
      recovery_codes({.database = *database,
                      .hasher = password_hasher,
                      .sessions = sessions,
                      .changes = factor_changes,
                      .guesses = factor_guesses,
                      .clock = clock,
                      .random = random}),
      factor_reset({.database = *database,
                    .sessions = sessions,
                    .totp = totp,
                    .guesses = factor_guesses,
                    .outbox = outbox,
                    .letters = letters,
                    .audit = audit,
                    .clock = clock}),
      authenticator_metadata(open_metadata(config, clock)),
      passkey_settings(config.passkeys),
      passkey_challenges(clock, random, config.mfa_challenge_ttl),
      passkey_decoys(keys.names, config.public_url.text),
      passkey_requests(
          {.challenges = passkey_challenges, .settings = passkey_settings, .decoys = passkey_decoys, .clock = clock}),
      passkey_registration({.database = *database,
                            .sessions = sessions,
                            .challenges = passkey_challenges,
                            .changes = factor_changes,
                            .settings = passkey_settings,
                            .decoys = passkey_decoys,
                            .audit = audit,
                            .clock = clock,
                            .random = random}),
      passkeys({.database = *database,
                .sessions = sessions,
                .policy = assurance,
                .changes = factor_changes,
                .settings = passkey_settings,
                .audit = audit}),
      known_browsers(keys.secret, config.public_url.text, protection::KnownBrowsers::kKnown, clock, random),
      password_guesses({.database = *database, .store = ephemeral_store, .clock = clock}, keys.names,
                       {.in_window = config.lockout_threshold,
                        .window = config.lockout_window,
                        .in_a_row = config.lockout_max_consecutive,
                        .of_network = config.lockout_address_threshold}),
      registration({.database = *database,
                    .hasher = password_hasher,
                    .guesses = password_guesses,
                    .outbox = outbox,
                    .letters = letters,
                    .audit = audit,
                    .digest = address_digest,
                    .clock = clock,
                    .random = random,
                    .adopt_passkey =
                        [this](db::Transaction& tx, UserId user, std::string passkey, accounts::VerifyingBrowser by) {
                          return passkey_sign_up.adopt(tx, std::move(user), std::move(passkey), std::move(by));
                        }},
                   config.email_verification_ttl),
      passkey_sign_up({.database = *database,
                       .registration = registration,
                       .challenges = passkey_challenges,
                       .settings = passkey_settings,
                       .decoys = passkey_decoys,
                       .browsers = known_browsers,
                       .audit = audit,
                       .clock = clock,
                       .random = random}),
      password_outcomes(
          {.guesses = password_guesses, .outbox = outbox, .letters = letters, .audit = audit, .clock = clock}),
      stuffing_watch(clock, {.min_failures = config.stuffing_min_failures,
                             .min_percent = config.stuffing_min_percent,
                             .window = config.stuffing_window}),
      proof_of_work({.store = ephemeral_store, .watch = stuffing_watch, .clock = clock, .random = random}, keys.secret,
                    config.proof_of_work),
      trusted_browsers(keys.secret, config.public_url.text,
                       protection::KnownBrowsers::trusted_for(config.mfa_trusted_browser), clock, random),
      admission({.browsers = known_browsers,
                 .trusted_browsers = trusted_browsers,
                 .policy = assurance,
                 .outbox = outbox,
                 .letters = letters,
                 .clock = clock}),
      login({.database = *database,
             .hasher = password_hasher,
             .sessions = sessions,
             .policy = assurance,
             .admission = admission,
             .guesses = password_guesses,
             .outcomes = password_outcomes,
             .watch = stuffing_watch,
             .work = proof_of_work,
             .known_browsers = known_browsers,
             .trusted_browsers = trusted_browsers,
             .passkeys = passkey_requests,
             .outbox = outbox,
             .letters = letters,
             .audit = audit,
             .digest = address_digest,
             .clock = clock,
             .random = random},
            config.mfa_challenge_ttl),
      factor_proof({.database = *database,
                    .sessions = sessions,
                    .totp = totp,
                    .recovery = recovery_codes,
                    .guesses = factor_guesses,
                    .outbox = outbox,
                    .letters = letters,
                    .audit = audit,
                    .clock = clock}),
      second_factor_login(
          {.database = *database, .sessions = sessions, .proof = factor_proof, .admission = admission, .clock = clock}),
      passkey_proof({.database = *database,
                     .sessions = sessions,
                     .challenges = passkey_challenges,
                     .settings = passkey_settings,
                     .outbox = outbox,
                     .letters = letters,
                     .audit = audit,
                     .clock = clock}),
      passkey_login({.database = *database,
                     .sessions = sessions,
                     .requests = passkey_requests,
                     .proof = passkey_proof,
                     .admission = admission,
                     .audit = audit,
                     .clock = clock}),
      passkey_step_up({.database = *database,
                       .sessions = sessions,
                       .requests = passkey_requests,
                       .proof = passkey_proof,
                       .audit = audit,
                       .clock = clock}),
      password_proof({.database = *database,
                      .hasher = password_hasher,
                      .guesses = password_guesses,
                      .outcomes = password_outcomes,
                      .browsers = known_browsers}),
      step_up({.database = *database,
               .sessions = sessions,
               .password = password_proof,
               .factor = factor_proof,
               .totp = totp,
               .changes = factor_changes,
               .browsers = known_browsers,
               .audit = audit,
               .clock = clock}),
      password_reset({.database = *database,
                      .policy = password_policy,
                      .hasher = password_hasher,
                      .sessions = sessions,
                      .guesses = password_guesses,
                      .outbox = outbox,
                      .letters = letters,
                      .audit = audit,
                      .digest = address_digest,
                      .clock = clock,
                      .random = random},
                     config.password_reset_ttl),
      password_change({.database = *database,
                       .policy = password_policy,
                       .hasher = password_hasher,
                       .sessions = sessions,
                       .proof = password_proof,
                       .browsers = known_browsers,
                       .outbox = outbox,
                       .letters = letters,
                       .audit = audit,
                       .clock = clock}),
      email_change({.database = *database,
                    .sessions = sessions,
                    .guesses = password_guesses,
                    .outbox = outbox,
                    .letters = letters,
                    .audit = audit,
                    .clock = clock,
                    .random = random,
                    .drop_factors = factor_dropper()},
                   config.email_verification_ttl),
      profile({.database = *database, .sessions = sessions, .audit = audit, .clock = clock}),
      token_keys(config.tokens.algorithm, keys.token),
      session_tokens(
          {.database = *database, .audit = audit, .keys = token_keys, .clock = clock, .random = random},
          {.issuer = config.public_url.text, .audiences = config.tokens.audiences, .ttl = config.tokens.ttl}),
      account_data({.database = *database,
                    .outbox = outbox,
                    .audit = audit,
                    .passkeys = [this](db::Executor& executor,
                                       UserId user) { return passkeys.exported(executor, std::move(user)); }}),
      account_deletion({.database = *database,
                        .sessions = sessions,
                        .outbox = outbox,
                        .letters = letters,
                        .audit = audit,
                        .clock = clock}),
      user_admin({.database = *database,
                  .policy = password_policy,
                  .hasher = password_hasher,
                  .sessions = sessions,
                  .password_guesses = password_guesses,
                  .factor_guesses = factor_guesses,
                  .factor_reset = factor_reset,
                  .password_reset = password_reset,
                  .deletion = account_deletion,
                  .audit = audit,
                  .clock = clock,
                  .random = random}),
      user_directory({.database = *database,
                      .sessions = sessions,
                      .password_guesses = password_guesses,
                      .factor_guesses = factor_guesses,
                      .data = account_data,
                      .audit = audit}),
      audit_reader({.database = *database, .audit = audit}),
      audit_tail({.database = *database, .keys = audit_keys}),
      sign_in_statistics(*database, clock),
      lockouts({.database = *database,
                .password_guesses = password_guesses,
                .factor_guesses = factor_guesses,
                .audit = audit}) {
  passkey_settings.attestation.trust = authenticator_metadata.get();
}

net::awaitable<bool> Components::redis_serves() {
  if (!shared_cache) co_return true;
  if (shared_sessions->has_missed()) co_return false;
  try {
    co_await shared_cache->check_ready();
    co_return true;
  } catch (const Unavailable&) {  // logged where it was noticed first
    co_return false;
  }
}

accounts::DropFactors Components::factor_dropper() {
  return [this](db::Transaction& tx, UserId user, Timestamp since, audit::Event cause, ClientInfo client) {
    return factor_reset.drop(tx, {std::move(user), since, cause, std::move(client)});
  };
}

void Components::load_names_key() {
  keys.names.replace(run_to_end(keys::names_key::load(*database, keys.secret, random, clock)));
}

void Components::check_audit_key() {
  run_to_end(audit::check_key_is_known(*database, audit_heads));
}

void Components::prepare_schema(const settings::Config& config) {
  const auto backend = open_migration_backend(config);
  db::Migrations migrations(*backend, db::read_migrations(embedded::migrations()), clock);
  for (const auto& unknown : migrations.ahead()) {
    telemetry::log(telemetry::Level::info, "the schema is newer than this version, and compatible",
                   {{"migration", unknown.label()}});
  }
  if (config.environment == settings::Environment::production) {
    if (migrations.pending().empty()) return;
    throw std::runtime_error("the database schema is not up to date; run `secureauth migrate upgrade`");
  }
  const auto done = migrations.upgrade();
  for (const auto& applied : done) {
    telemetry::log(telemetry::Level::info, "schema upgraded", {{"migration", applied.label()}});
  }
  record_migration(config, "up", done, migrations.current());
}

}  // namespace secureauth::app
