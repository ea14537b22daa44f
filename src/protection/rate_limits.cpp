#include "protection/rate_limits.hpp"

#include "protection/client_address.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::protection {
namespace {

constexpr std::string_view kDefault = "default";
constexpr std::string_view kSession = "session";
constexpr std::string_view kAccount = "account";
constexpr std::int64_t kSessionsWorth = 4;  // of the default limit, that an account has

using Rate = ephemeral::EphemeralStore::Rate;
using Paced = ephemeral::EphemeralStore::Paced;

void add_to(std::vector<Rate>& rates, std::string_view name, const RateLimitSettings::Limit& limit,
            std::int64_t times = 1) {
  if (limit.is_on()) rates.push_back({std::string(name), limit.requests * times, limit.window});
}

/// Source: draft-ietf-httpapi-ratelimit-headers-10 §3.
std::string policy_of(const std::vector<Rate>& rates) {
  std::string policy;
  for (const auto& rate : rates) {
    const auto window = std::chrono::duration_cast<std::chrono::seconds>(rate.window).count();
    if (!policy.empty()) policy += ", ";
    policy += '"' + rate.name + "\";q=" + std::to_string(rate.limit) + ";w=" + std::to_string(window);
  }
  return policy;
}

RateLimits::Counted counted(const Paced& paced, std::string policy, std::string_view tightest) {
  RateLimits::Counted told;
  told.standing = {.policy = std::move(policy),
                   .name = tightest,
                   .left = paced.left,
                   .until_whole = std::chrono::ceil<std::chrono::seconds>(paced.until_whole)};
  if (!paced.allowed) {
    told.refusal.emplace(ErrorCode::rate_limited);
    told.refusal->retry_after =
        std::max(std::chrono::ceil<std::chrono::seconds>(paced.retry_after), std::chrono::seconds(1));
  }
  return told;
}

}  // namespace

RateLimits::RateLimits(ephemeral::EphemeralStore& store, RateLimitSettings settings)
    : store_(store), settings_(std::move(settings)) {
  const RateLimitSettings::Limit none;
  add(kDefault, none, none);
  add(kSignUp, settings_.sign_up, none);
  add(kLogin, settings_.login, none);
  add(kVerify, settings_.verify, none);
  add(kReset, settings_.reset, none);
  add(kRecoveryCodes, none, settings_.reset);
  add_apart(kPasswordCheck, settings_.password_check);
}

void RateLimits::add(std::string_view name, RateLimitSettings::Limit by_address, RateLimitSettings::Limit by_account) {
  Limit limit{
      .name = std::string(name), .by_address = {}, .by_account = {}, .address_policy = {}, .account_policy = {}};
  add_to(limit.by_address, kDefault, settings_.usual);
  add_to(limit.by_address, name, by_address);
  add_to(limit.by_account, kSession, settings_.usual);
  add_to(limit.by_account, kAccount, settings_.usual, kSessionsWorth);
  add_to(limit.by_account, name, by_account);
  limit.address_policy = policy_of(limit.by_address);
  limit.account_policy = policy_of(limit.by_account);
  limits_.push_back(std::move(limit));
}

/// A limit whose requests do not count against the default.
void RateLimits::add_apart(std::string_view name, RateLimitSettings::Limit by_address) {
  Limit limit{
      .name = std::string(name), .by_address = {}, .by_account = {}, .address_policy = {}, .account_policy = {}};
  add_to(limit.by_address, name, by_address);
  limit.address_policy = policy_of(limit.by_address);
  limits_.push_back(std::move(limit));
}

std::string RateLimits::limit_of(bool is_safe, std::string_view path, std::string_view own) const {
  if (!path.starts_with("/auth/")) return {};
  const auto name = own.empty() ? kDefault : own;
  const auto& limit = find(name);
  if (limit.by_address.empty() && limit.by_account.empty()) return {};
  const bool is_exempt = is_safe && own.empty() && std::ranges::find(settings_.exempt, path) != settings_.exempt.end();
  return is_exempt ? std::string() : std::string(name);
}

net::awaitable<RateLimits::Counted> RateLimits::count_address(std::string_view limit, std::string address) {
  const auto& of = find(limit);
  if (of.by_address.empty()) co_return Counted();
  const auto paced = co_await store_.pace("rate:address:" + network_of(address), of.by_address);
  co_return counted(paced, of.address_policy, of.by_address[paced.tightest].name);
}

net::awaitable<RateLimits::Counted> RateLimits::count_session(std::string_view limit, UserId user, SessionId session) {
  const auto& of = find(limit);
  if (of.by_account.empty()) co_return Counted();
  // One key, so that a request which its session may not make is not counted against the account either.
  auto rates = of.by_account;
  if (rates[0].name == kSession) rates[0].name = session.text();
  const auto paced = co_await store_.pace("rate:account:" + user.text(), rates);
  co_return counted(paced, of.account_policy, of.by_account[paced.tightest].name);
}

const RateLimits::Limit& RateLimits::find(std::string_view name) const {
  const auto known = std::ranges::find(limits_, name, &Limit::name);
  if (known == limits_.end()) throw std::logic_error("no such rate limit: " + std::string(name));
  return *known;
}

}  // namespace secureauth::protection
