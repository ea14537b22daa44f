#include "app/alarm_record.hpp"

#include "audit/record_together.hpp"

#include <utility>
#include <vector>

namespace secureauth::app {
namespace {

using Change = protection::StuffingWatch::Change;

audit::Entry entry_of(const Change& change) {
  return {.event = change.raised ? audit::Event::credential_stuffing_noticed : audit::Event::credential_stuffing_over,
          .outcome = change.raised ? audit::Outcome::failure : audit::Outcome::success,
          .details = {{"network", change.network.empty() ? "everywhere" : change.network},
                      {"accounts_failed", change.failed},
                      {"accounts_succeeded", change.succeeded}}};
}

/// Gives the changes back unless they were recorded, whatever ended the attempt.
class Taken {
 public:
  explicit Taken(protection::StuffingWatch& watch) : watch_(watch), changes_(watch.take_changes()) {}
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  ~Taken() {
    if (!changes_.empty()) watch_.take_back(std::move(changes_));
  }
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }
  void recorded() { changes_.clear(); }

 private:
  protection::StuffingWatch& watch_;
  std::vector<Change> changes_;
};

}  // namespace

net::awaitable<void> record_alarms(protection::StuffingWatch& watch, const audit::AuditLog& log,
                                   db::Database& database) {
  Taken taken(watch);
  if (taken.changes().empty()) co_return;
  std::vector<audit::Entry> entries;
  for (const auto& change : taken.changes()) entries.push_back(entry_of(change));
  co_await audit::record_together(log, database, std::move(entries));
  taken.recorded();
}

}  // namespace secureauth::app
