#include "protection/stuffing_watch.hpp"

#include "protection/client_address.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace secureauth::protection {
namespace {

/// What one customer of a provider may have.
std::string network_at(std::string_view ip) {
  return network_of(ip, 24, 48);
}

std::uint64_t account_of(const GuessSubject& subject) {
  std::uint64_t account = 0;
  std::memcpy(&account, subject.data(), sizeof account);
  return account;
}

void take_out(std::unordered_map<std::uint64_t, std::uint32_t>& accounts, std::uint64_t account) {
  const auto found = accounts.find(account);
  if (found != accounts.end() && --found->second == 0) accounts.erase(found);
}

}  // namespace

void StuffingWatch::saw(std::string_view ip, const GuessSubject& subject, bool matched) {
  const auto now = clock_.now();
  Event event{now, network_at(ip), account_of(subject), matched};
  const std::lock_guard lock(mutex_);
  forget_old(now);
  if (events_.size() == options_.most_events) forget_first();
  auto& network = networks_[event.network];
  ++(matched ? network.succeeded : network.failed)[event.account];
  event.overall = matched || counts_overall(network);
  if (event.overall) ++(matched ? everywhere_.succeeded : everywhere_.failed)[event.account];
  judge(event.network, network, options_.min_failures);
  judge({}, everywhere_, options_.min_failures * kEverywhere);
  events_.push_back(std::move(event));
}

bool StuffingWatch::is_raised(std::string_view ip) {
  const auto network = network_at(ip);
  const std::lock_guard lock(mutex_);
  forget_old(clock_.now());
  if (everywhere_.raised) return true;
  const auto found = networks_.find(network);
  return found != networks_.end() && found->second.raised;
}

std::vector<StuffingWatch::Change> StuffingWatch::take_changes() {
  const std::lock_guard lock(mutex_);
  forget_old(clock_.now());
  return std::exchange(changes_, {});
}

void StuffingWatch::take_back(std::vector<Change> unrecorded) {
  const std::lock_guard lock(mutex_);
  unrecorded.insert(unrecorded.end(), std::make_move_iterator(changes_.begin()),
                    std::make_move_iterator(changes_.end()));
  changes_ = std::move(unrecorded);
}

void StuffingWatch::forget_old(Timestamp now) {
  while (!events_.empty() && events_.front().at + options_.window <= now) forget_first();
}

void StuffingWatch::forget_first() {
  const auto event = std::move(events_.front());
  events_.pop_front();
  const auto found = networks_.find(event.network);
  auto& network = found->second;
  take_out(event.matched ? network.succeeded : network.failed, event.account);
  if (event.overall) take_out(event.matched ? everywhere_.succeeded : everywhere_.failed, event.account);
  judge(event.network, network, options_.min_failures);
  judge({}, everywhere_, options_.min_failures * kEverywhere);
  if (network.failed.empty() && network.succeeded.empty()) networks_.erase(found);
}

/// No network's failures count for more than its share, nor those of one that has an alarm of its own: else a single
/// attacker could have everybody pay.
bool StuffingWatch::counts_overall(const Tally& network) const {
  const auto share = std::max<std::int64_t>(options_.min_failures * kEverywhere / kNetworksOfAll, 1);
  return !network.raised && std::ssize(network.failed) <= share;
}

void StuffingWatch::judge(const std::string& network, Tally& tally, std::int64_t min_failures) {
  const auto failed = std::ssize(tally.failed);
  const auto succeeded = std::ssize(tally.succeeded);
  const auto percent = 100 * failed;
  const auto tried = failed + succeeded;
  const bool rises = failed >= min_failures && percent >= options_.min_percent * tried;
  const bool falls = 2 * failed < min_failures || 2 * percent < options_.min_percent * tried;
  if (tally.raised ? !falls : !rises) return;
  tally.raised = !tally.raised;
  changes_.push_back({tally.raised, network, failed, succeeded});
  auto& metrics = telemetry::metrics();
  metrics.stuffing_raised.add(tally.raised ? 1 : -1);
  if (tally.raised) metrics.stuffing_alarms.add(network.empty() ? "everywhere" : "network");
  telemetry::log(telemetry::Level::warning,
                 tally.raised ? "passwords are tried out over many accounts" : "no more passwords are tried out",
                 {{"network", network.empty() ? "everywhere" : network}, {"accounts_failed", std::to_string(failed)}});
}

}  // namespace secureauth::protection
