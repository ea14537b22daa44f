#include "app/outage_watch.hpp"

#include "audit/record_together.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace secureauth::app {
namespace {

/// As OpenSSL, libpq and curl name what fails between two who would speak TLS.
bool is_of_tls(std::string_view cause) {
  constexpr std::array<std::string_view, 5> kWords{"certificate", "SSL", "TLS", "tlsv1", "ssl3"};
  return std::ranges::any_of(kWords, [cause](auto word) { return cause.find(word) != std::string_view::npos; });
}

}  // namespace

void OutageWatch::fails(const std::string& peer, std::string_view cause) {
  const std::lock_guard lock(mutex_);
  auto& outage = outages_.try_emplace(peer, Outage{.since = clock_.now(), .until = std::nullopt}).first->second;
  if (!outage.by_tls && is_of_tls(cause)) {  // perhaps whoever stands between had the peer away before
    outage.by_tls = true;
    outage.told = false;
  }
  outage.until.reset();  // it came back for less time than it took to tell
}

void OutageWatch::works(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  const auto outage = outages_.find(peer);
  if (outage != outages_.end()) outage->second.until = clock_.now();
}

std::vector<OutageWatch::UnderWay> OutageWatch::under_way() const {
  const std::lock_guard lock(mutex_);
  std::vector<UnderWay> found;
  for (const auto& [peer, outage] : outages_) {
    if (!outage.until) found.push_back({.peer = peer, .since = outage.since});
  }
  return found;
}

net::awaitable<void> OutageWatch::record(const audit::AuditLog& log, db::Database& database) {
  const auto due = [](const auto& entry) { return !entry.second.told || entry.second.until; };
  if (std::ranges::none_of(outages_, due)) co_return;
  auto told = outages_;
  std::erase_if(told, [&](const auto& entry) { return !due(entry); });
  std::vector<audit::Entry> entries;
  for (const auto& [peer, outage] : told) entries.push_back(entry_of(peer, outage));
  co_await audit::record_together(log, database, std::move(entries));
  const std::lock_guard lock(mutex_);
  for (const auto& [peer, outage] : told) {
    const auto now = outages_.find(peer);
    if (now == outages_.end() || now->second.by_tls != outage.by_tls) continue;  // more was found meanwhile
    now->second.told = true;
    if (outage.until && now->second.until) outages_.erase(now);
  }
}

audit::Entry OutageWatch::entry_of(const std::string& peer, const Outage& outage) {
  audit::Entry entry{.event = outage.by_tls ? audit::Event::peer_untrusted : audit::Event::store_failed,
                     .outcome = outage.told ? audit::Outcome::success : audit::Outcome::failure,
                     .details = {{"peer", peer}, {"since", to_rfc3339(outage.since)}}};
  if (outage.until) entry.details["until"] = to_rfc3339(*outage.until);
  return entry;
}

}  // namespace secureauth::app
