#pragma once

#include "core/error.hpp"
#include "core/id.hpp"
#include "ephemeral/ephemeral_store.hpp"
#include "protection/rate_limit_settings.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::protection {

/// Which limits a request counts against, and how it stands: by its client's address before anything else is done for
/// it, then by its session and account. What refuses a request counts it nowhere. A session has the default limit for
/// itself, an account four times that for all its sessions, so that neither a stolen session that is used from many
/// addresses nor one that runs wild uses up what the owner needs. Thread-safe.
class RateLimits {
 public:
  /// Names of limits beside the default that a route may count against.
  static constexpr std::string_view kSignUp = "register";
  static constexpr std::string_view kLogin = "login";
  static constexpr std::string_view kVerify = "verify";
  static constexpr std::string_view kReset = "reset";
  static constexpr std::string_view kRecoveryCodes = "recovery-codes";  ///< as many as `reset`, but by account
  static constexpr std::string_view kPasswordCheck = "password-check";  ///< in place of the default

  RateLimits(ephemeral::EphemeralStore& store, RateLimitSettings settings);

  /// The limit that requests of a route count against, whose own one is `own` or empty: "default" where it has none,
  /// empty where they count against nothing. Throws std::logic_error when there is no such limit.
  [[nodiscard]] std::string limit_of(bool is_safe, std::string_view path, std::string_view own) const;

  /// Where a client stands, for the RateLimit fields of the answer.
  struct Standing {
    std::string policy;                  ///< of all limits: `"default";q=50;w=600, "login";q=10;w=60`; empty: of none
    std::string_view name;               ///< of the tightest of them; what follows is of this one
    std::int64_t left = 0;               ///< requests
    std::chrono::seconds until_whole{};  ///< rounded up
  };
  struct Counted {
    std::optional<Error> refusal;  ///< rate_limited
    Standing standing;
  };
  /// `limit` is what limit_of() said.
  net::awaitable<Counted> count_address(std::string_view limit, std::string address);
  net::awaitable<Counted> count_session(std::string_view limit, UserId user, SessionId session);

 private:
  using Rate = ephemeral::EphemeralStore::Rate;
  struct Limit {
    std::string name;
    std::vector<Rate> by_address;
    std::vector<Rate> by_account;  ///< that of the session as "session"
    std::string address_policy;
    std::string account_policy;
  };
  [[nodiscard]] const Limit& find(std::string_view name) const;
  void add(std::string_view name, RateLimitSettings::Limit by_address, RateLimitSettings::Limit by_account);
  void add_apart(std::string_view name, RateLimitSettings::Limit by_address);

  ephemeral::EphemeralStore& store_;
  RateLimitSettings settings_;
  std::vector<Limit> limits_;
};

}  // namespace secureauth::protection
