#pragma once

#include "core/clock.hpp"
#include "protection/failed_guesses.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace secureauth::protection {

/// Notices passwords that are tried out over many accounts: of the accounts tried in a sliding window, from one network
/// (IPv4 /24, IPv6 /48) or from everywhere, unusually many failed. Each account counts once, so that one person's
/// mistakes are no attack. Knows what this instance saw, in bounded memory. Thread-safe.
/// Source: OWASP Credential Stuffing Prevention Cheat Sheet; OWASP ASVS 5.0 6.1.1.
class StuffingWatch {
 public:
  struct Options {
    std::int64_t min_failures =
        0;                         ///< STUFFING_MIN_FAILURES: accounts that failed, of one network; kEverywhere as many
    std::int64_t min_percent = 0;  ///< STUFFING_MIN_PERCENT: of the accounts tried
    std::chrono::seconds window{};    ///< STUFFING_WINDOW_SECONDS
    std::size_t most_events = 16384;  ///< of a flood the last so many; some 200 bytes each
  };
  static constexpr std::int64_t kEverywhere = 5;
  static constexpr std::int64_t kNetworksOfAll = 20;  ///< it takes failures from so many to raise the alarm everywhere

  StuffingWatch(const Clock& clock, Options options) : clock_(clock), options_(options) {}

  /// A password was looked at. `ip`: the client's address.
  void saw(std::string_view ip, const GuessSubject& subject, bool matched);

  /// Whether there is an alarm for the client's network or for all.
  [[nodiscard]] bool is_raised(std::string_view ip);

  /// An alarm that began or ended. It falls when failures or their share are below half of what raised it.
  struct Change {
    bool raised = false;
    std::string network;  ///< empty: everywhere
    std::int64_t failed = 0;
    std::int64_t succeeded = 0;  ///< accounts
  };
  /// What has changed since the last call: each to one caller.
  [[nodiscard]] std::vector<Change> take_changes();
  /// Of what was taken, what could not be recorded: it comes again, first.
  void take_back(std::vector<Change> unrecorded);

 private:
  using Account = std::uint64_t;
  struct Tally {
    std::unordered_map<Account, std::uint32_t> failed;
    std::unordered_map<Account, std::uint32_t> succeeded;
    bool raised = false;
  };
  struct Event {
    Timestamp at;
    std::string network;
    Account account = 0;
    bool matched = false;
    bool overall = false;  ///< counts in `everywhere_`
  };
  [[nodiscard]] bool counts_overall(const Tally& network) const;
  void forget_old(Timestamp now);
  void forget_first();
  void judge(const std::string& network, Tally& tally, std::int64_t min_failures);

  const Clock& clock_;
  Options options_;
  std::mutex mutex_;
  std::deque<Event> events_;
  std::unordered_map<std::string, Tally> networks_;
  Tally everywhere_;
  std::vector<Change> changes_;
};

}  // namespace secureauth::protection
