#include "mfa/factor_store.hpp"

namespace secureauth::mfa::factor_store {
namespace {

constexpr db::Statement kDropOrphanedCodes{R"sql(
  DELETE FROM recovery_codes
   WHERE user_id = $1 AND NOT EXISTS (SELECT 1 FROM webauthn_credentials WHERE user_id = $1)
     AND NOT EXISTS (SELECT 1 FROM totp_authenticators WHERE user_id = $1))sql"};

// Strongest first, as accounts::factors_from reads them.
constexpr db::Statement kRefresh{R"sql(
  UPDATE users
     SET second_factors = TRIM(
           CASE WHEN EXISTS (SELECT 1 FROM webauthn_credentials WHERE user_id = $1) THEN 'webauthn' ELSE '' END
           || CASE WHEN EXISTS (SELECT 1 FROM totp_authenticators WHERE user_id = $1) THEN ' totp' ELSE '' END
           || CASE WHEN EXISTS (SELECT 1 FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL)
                   THEN ' recovery_code' ELSE '' END),
         factors_version = factors_version + $2,
         factor_demanded_at = CASE WHEN EXISTS (SELECT 1 FROM webauthn_credentials WHERE user_id = $1)
                                     OR EXISTS (SELECT 1 FROM totp_authenticators WHERE user_id = $1)
                                   THEN NULL ELSE factor_demanded_at END
   WHERE id = $1)sql"};

constexpr db::Statement kDemand{"UPDATE users SET factor_demanded_at = $2 WHERE id = $1"};

}  // namespace

net::awaitable<void> refresh(db::Transaction& tx, UserId user, bool is_factor) {
  db::Params orphans(user.text());
  co_await tx.write(kDropOrphanedCodes, std::move(orphans));
  db::Params params(user.text(), is_factor ? 1 : 0);
  co_await tx.write(kRefresh, std::move(params));
}

net::awaitable<void> demand(db::Transaction& tx, UserId user, Timestamp now) {
  db::Params params(user.text(), now);
  co_await tx.write(kDemand, std::move(params));
}

}  // namespace secureauth::mfa::factor_store
