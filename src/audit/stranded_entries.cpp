#include "audit/stranded_entries.hpp"

#include "audit/chain_check.hpp"
#include "audit/entry.hpp"
#include "audit/kept_file.hpp"
#include "audit/log_store.hpp"
#include "audit/segment.hpp"
#include "crypto/encoding.hpp"
#include "db/unexpected_type.hpp"

#include <boost/json/array.hpp>

#include <exception>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace secureauth::audit {
namespace {

constexpr std::size_t kMostKeysTold = 10;  // whoever writes lines may make up as many

Error refused(std::string why) {
  return {ErrorCode::conflict, std::move(why)};
}

/// A time that is none, or that is yet to come, is none that anybody waits for.
bool is_young(std::string_view at, Timestamp now) {
  try {
    const auto time = from_rfc3339(at);
    return time > now - kChangeOfKeys && time <= now + kChangeOfKeys;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

}  // namespace

struct StrandedEntries::Found {
  std::string lines;
  std::vector<std::int64_t> positions;
  std::vector<std::string> ids;
  std::set<std::string> key_ids;
};

bool StrandedEntries::is_stranded(const EntryRow& entry) const {
  if (is_young(entry.text.at, parts_.clock.now())) return false;
  std::string canonical;
  append_canonical(canonical, entry.text);
  return parts_.keys.check(canonical, entry.mac) == AuditKeys::Verdict::unknown_key;
}

net::awaitable<StrandedEntries::Found> StrandedEntries::find() const {
  Found found;
  auto after = std::numeric_limits<std::int64_t>::min();
  while (true) {
    const auto waiting = co_await log_store::waiting(parts_.database, after);
    if (waiting.empty()) co_return found;
    after = waiting.back().position();
    for (const auto& line : waiting) {
      try {
        if (!line.has_entry()) continue;
        const auto entry = line.entry();
        if (!is_stranded(entry)) continue;
        found.lines += segment::text_of(segment::entry_line(entry));
        found.positions.push_back(line.position());
        found.ids.push_back(line.entry_id());
        if (found.key_ids.size() == kMostKeysTold) continue;
        found.key_ids.insert(crypto::hex_encode(entry.mac.first(AuditKeys::kIdBytes)));
      } catch (const db::UnexpectedType&) {
        continue;  // the sealer takes it for forged
      }
    }
  }
}

net::awaitable<Result<StrandedEntries::Done>> StrandedEntries::set_aside(std::filesystem::path file, std::string reason,
                                                                         Operator by) const {
  if (std::filesystem::exists(file)) co_return refused(file.string() + " exists already");
  const auto found = co_await find();
  Done done{.entries = found.ids.size(), .key_ids = found.key_ids, .sha256 = {}};
  if (found.ids.empty()) co_return done;
  KeptFile out(file);
  out.add(found.lines);
  done.sha256 = out.keep();
  boost::json::array key_ids(found.key_ids.begin(), found.key_ids.end());
  Entry record{.event = Event::audit_set_aside,
               .actor = by.actor,
               .session = by.session,
               .client = std::move(by.client),
               .details = {{"entries", done.entries},
                           {"key_ids", std::move(key_ids)},
                           {"sha256", done.sha256},
                           {"stated_reason", std::move(reason)}}};
  std::exception_ptr failed;  // nothing can be awaited in a handler
  Result<void> removed;
  try {
    removed = co_await remove(found, std::move(record));
  } catch (const db::CommitOutcomeUnknown&) {
    throw;  // the file may be all that there is
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed || !removed) std::filesystem::remove(file);
  if (failed) std::rethrow_exception(failed);
  if (!removed) co_return removed.error();
  co_return done;
}

net::awaitable<Result<void>> StrandedEntries::remove(const Found& found, Entry record) const {
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    tx.serialize_on("audit.seal");
    for (const auto position : found.positions) {
      const log_store::Positions one{position, position};
      const auto lines = co_await log_store::count_between(tx, one);
      if (lines != 1) co_return refused("somebody sealed some of them meanwhile: an instance knows their key");
      co_await log_store::remove_waiting(tx, one);
    }
    for (const auto& id : found.ids) co_await log_store::remove_entry(tx, id);
    co_await parts_.audit.record(tx, record);
    co_return Result<void>();
  };
  auto done = co_await parts_.database.transaction(body);
  co_return done;
}

}  // namespace secureauth::audit
