#pragma once

#include "accounts/registration.hpp"
#include "admin/user_admin.hpp"
#include "app/config.hpp"
#include "audit/audit_log.hpp"
#include "ephemeral/redis/redis_shared_cache.hpp"
#include "login/login.hpp"
#include "mail/outbox.hpp"
#include "passwords/password_hasher.hpp"
#include "passwords/password_policy.hpp"
#include "sessions/sessions.hpp"

#include <memory>

namespace secureauth::app {

/// Every part that knows no HTTP, built from the settings in the order in which one needs the other, and taken down in
/// reverse. The service and the command line stand on the same ones.
class Components {
 public:
  /// Opens the record store and the files of passwords. Throws db::DatabaseError or std::runtime_error with one clear
  /// sentence.
  explicit Components(const Config& config);

  /// Brings an empty or older schema up to date in development; in production only checks it: an operator decides when.
  /// Throws std::runtime_error telling what to do.
  void prepare_schema(const Config& config);

  /// Whether Redis, where one is configured, answers and has heard of every session that ended here.
  net::awaitable<bool> redis_serves();

  SystemClock clock;
  crypto::SystemRandom random;
  std::shared_ptr<db::Database> database;
  std::unique_ptr<ephemeral::redis::Client> redis;  ///< this and what stands on it: null without REDIS_URL
  std::unique_ptr<ephemeral::redis::RedisSharedCache> shared_cache;
  std::unique_ptr<sessions::SharedSessions> shared_sessions;
  audit::AuditLog audit;
  mail::Outbox outbox;
  passwords::HashingPool hashing_pool;
  passwords::CompromisedPasswords compromised_passwords;
  passwords::PasswordPolicy password_policy;
  passwords::PasswordHasher password_hasher;
  sessions::Sessions sessions;
  accounts::Registration registration;
  login::Login login;
  admin::UserAdmin user_admin;
};

}  // namespace secureauth::app
