#include "audit/refusals.hpp"

#include "audit/record_together.hpp"

#include <algorithm>
#include <utility>

namespace secureauth::audit {
namespace {

constexpr std::string_view kOthers = "others";

}  // namespace

/// What is due, until it was written.
class Refusals::Taken {
 public:
  explicit Taken(Refusals& from) : from_(from), due_(from.take_due()) {}
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  ~Taken() {
    if (!due_.empty()) from_.take_back(due_);
  }
  [[nodiscard]] const std::vector<Kind>& due() const { return due_; }
  void written() { due_.clear(); }

 private:
  Refusals& from_;
  std::vector<Kind> due_;
};

void Refusals::saw(Refused refused) {
  const auto now = clock_.now();
  auto key = key_of(refused);
  Kind one{.first = std::move(refused), .count = 1, .first_at = now, .last_at = now, .began = now};
  const std::lock_guard lock(mutex_);
  if (now >= minute_ + kWindow) {
    minute_ = now;
    alone_in_minute_ = 0;
  }
  auto found = kinds_.find(key);
  if (found == kinds_.end()) {
    if (kinds_.size() == kMostKinds) return count_among_others(one);
    found = kinds_.emplace(std::move(key), Kind{.first = one.first, .began = now}).first;
  }
  auto& kind = found->second;
  const bool fits = alone_in_minute_ < kMostOneByOne && alone_.size() < kMostOneByOne;
  if (kind.alone == kOneByOne || !fits) return add(kind, one);
  ++kind.alone;
  ++alone_in_minute_;
  alone_.push_back(std::move(one));
}

net::awaitable<void> Refusals::record(const AuditLog& log, db::Database& database) {
  Taken taken(*this);
  if (taken.due().empty()) co_return;
  std::vector<Entry> entries;
  for (const auto& kind : taken.due()) entries.push_back(entry_of(kind));
  co_await record_together(log, database, std::move(entries));
  taken.written();
}

void Refusals::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

std::string Refusals::key_of(const Refused& refused) {
  std::string key(refused.reason);
  const auto account = refused.subject ? refused.subject->text() : refused.address;
  for (const std::string_view part :
       {std::string_view(refused.route), std::string_view(refused.network), std::string_view(account)}) {
    key += '\n';
    key += part;
  }
  return key;
}

void Refusals::add(Kind& to, const Kind& more) {
  if (to.count == 0) {
    to.first = more.first;
    to.first_at = more.first_at;
    to.last_at = more.last_at;
  }
  to.count += more.count;
  to.first_at = std::min(to.first_at, more.first_at);
  to.last_at = std::max(to.last_at, more.last_at);
  for (const auto& [reason, count] : more.reasons) to.reasons[reason] += count;
}

void Refusals::count_among_others(const Kind& more) {
  auto counted = more;
  if (counted.reasons.empty()) counted.reasons[std::string(more.first.reason)] = more.count;
  counted.first = {.reason = kOthers, .route = {}, .network = {}, .client = {}};
  if (!others_) others_ = Kind{.first = counted.first, .began = clock_.now()};
  add(*others_, counted);
}

Entry Refusals::entry_of(const Kind& kind) {
  Entry entry{.event = Event::request_refused,
              .outcome = Outcome::failure,
              .actor = kind.first.actor,
              .subject = kind.first.subject,
              .session = kind.first.session,
              .client = kind.first.client,
              .details = {{"reason", kind.first.reason}, {"count", kind.count}}};
  if (!kind.first.route.empty()) entry.details["route"] = kind.first.route;
  if (!kind.first.address.empty()) entry.details["address"] = kind.first.address;
  if (kind.count > 1) {
    entry.details["first_at"] = to_rfc3339(kind.first_at);
    entry.details["last_at"] = to_rfc3339(kind.last_at);
  }
  if (!kind.reasons.empty()) entry.details["reasons"] = boost::json::value_from(kind.reasons);
  return entry;
}

bool Refusals::is_over(const Kind& kind, Timestamp now) const {
  return closed_ || now >= kind.began + kWindow;
}

std::vector<Refusals::Kind> Refusals::take_due() {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  auto due = std::exchange(alone_, {});
  for (auto kind = kinds_.begin(); kind != kinds_.end();) {
    if (!is_over(kind->second, now)) {
      ++kind;
      continue;
    }
    if (kind->second.count > 0) due.push_back(std::move(kind->second));
    kind = kinds_.erase(kind);
  }
  if (others_ && is_over(*others_, now)) {
    due.push_back(*std::move(others_));
    others_.reset();
  }
  return due;
}

void Refusals::take_back(const std::vector<Kind>& unwritten) {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  for (const auto& kind : unwritten) {
    const bool is_kind = kind.first.reason != kOthers;
    const auto found = is_kind ? kinds_.find(key_of(kind.first)) : kinds_.end();
    if (found != kinds_.end()) {
      add(found->second, kind);
    } else if (is_kind && kinds_.size() < kMostKinds) {
      Kind kept{.first = kind.first, .began = now - kWindow};
      add(kept, kind);
      kinds_.emplace(key_of(kind.first), std::move(kept));
    } else {
      count_among_others(kind);
    }
  }
}

}  // namespace secureauth::audit
