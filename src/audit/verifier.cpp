#include "audit/verifier.hpp"

#include "crypto/uuid.hpp"

#include <deque>
#include <future>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

namespace secureauth::audit {
namespace {

constexpr std::size_t kMostUnsealed = 10000;  // kept before it is asked what became of them
constexpr auto kSealedWithin = std::chrono::minutes(1);
constexpr auto kBeforeAllPositions = std::numeric_limits<std::int64_t>::min();

Finding about(std::string kind, const std::string& id, const std::string& what) {
  return {.kind = std::move(kind), .words = "the row " + id + " " + what, .entry = {}, .id = id, .tree_size = {}};
}

/// Takes out what the batch holds.
std::optional<Finding> take_sealed(const Batch& batch, std::map<std::string, RowCheck::Unsealed>& rows) {
  for (std::size_t i = 0; i < batch.leaves.size() / kLeafBytes; ++i) {
    const auto leaf = leaf_at(batch.leaves, i);
    const auto row = rows.find(id_text(leaf.id));
    if (row == rows.end()) continue;
    if (row->second.leaf != leaf.node) return about("altered", row->first, "was altered");
    rows.erase(row);
  }
  return std::nullopt;
}

/// Runs a check on another thread, while the caller fetches what the next one is about.
class Background {
 public:
  template <class Check>
  void start(Check check) {
    running_ = std::async(std::launch::async, std::move(check));
  }
  /// What the one that runs found; nothing where none does.
  std::optional<Finding> wait() {
    if (!running_.valid()) return std::nullopt;
    return running_.get();
  }

 private:
  std::future<std::optional<Finding>> running_;
};

}  // namespace

struct Verifier::Run {
  Run(const Parts& parts, std::vector<SignedHead> published)
      : chain(parts.heads, std::move(published)), rows(parts.keys) {}

  ChainCheck chain;
  RowCheck rows;
  std::uint64_t snapshot = 0;  // entries whose batches were followed before the first row was read
  // Batches by their least id, fetched and not yet handed to `rows`; and from where on to fetch.
  std::deque<Batch> ahead;
  std::string ahead_id = std::string(crypto::kBeforeAll);
  std::int64_t ahead_size = -1;
  bool ahead_ended = false;
  std::uint64_t pending = 0;
};

net::awaitable<Verifier::Report> Verifier::operator()(std::vector<SignedHead> published) const {
  const auto before = co_await log_store::glance(parts_.database, 0);
  Run run(parts_, std::move(published));
  std::optional<Finding> finding;
  try {
    finding = co_await verify(run);
  } catch (const std::logic_error&) {
    finding = Finding{.kind = "altered",
                      .words = "a table of the log has a column of another type than the service writes",
                      .entry = {},
                      .id = {},
                      .tree_size = {}};
  }
  if (finding) {
    const auto after = co_await log_store::glance(parts_.database, 0);
    if (after.oldest_size != before.oldest_size && before.oldest_size) {
      throw std::runtime_error("the log was pruned meanwhile: verify it again");
    }
  }
  co_return Report{.finding = std::move(finding),
                   .sealed = run.rows.sealed(),
                   .pruned = run.chain.begins_behind(),
                   .pending = run.pending,
                   .unknown_keys = run.rows.unknown_keys(),
                   .newest = run.chain.newest(),
                   .noticed = run.rows.noticed()};
}

net::awaitable<std::optional<Finding>> Verifier::verify(Run& run) const {
  auto found = co_await check_chain(run);
  if (!found) found = run.chain.finish();
  if (!found) found = co_await check_rows(run);
  if (!found) found = co_await settle_unsealed(run);
  if (!found && run.chain.begins_behind() > run.rows.pruned_to()) {
    found = Finding{.kind = "no_anchor",
                    .words = "the first " + std::to_string(run.chain.begins_behind()) +
                             " entries are gone, but no entry records that they were pruned",
                    .entry = 0,
                    .id = {},
                    .tree_size = run.chain.begins_behind()};
  }
  co_return found;
}

net::awaitable<std::optional<Finding>> Verifier::check_chain(Run& run) const {
  Background background;
  auto after = kBeforeAllPositions;
  while (true) {
    auto page = co_await log_store::by_size(parts_.database, after);
    if (page.empty()) break;
    after = static_cast<std::int64_t>(page.back().head.head.tree_size);
    auto check = [&run, page = std::move(page)]() -> std::optional<Finding> {
      for (const auto& batch : page) {
        if (auto found = run.chain.add(batch)) return found;
      }
      return std::nullopt;
    };
    if (auto found = background.wait()) co_return found;
    background.start(std::move(check));
  }
  auto found = background.wait();
  run.snapshot = run.chain.tree().size();
  co_return found;
}

net::awaitable<std::vector<Batch>> Verifier::batches_up_to(Run& run, std::string last_id) const {
  std::vector<Batch> reached;
  while (true) {
    while (!run.ahead.empty() && run.ahead.front().first_id <= last_id) {
      // What was sealed since the tree was followed is looked at when the unsealed rows are.
      if (run.ahead.front().head.head.tree_size <= run.snapshot) reached.push_back(std::move(run.ahead.front()));
      run.ahead.pop_front();
    }
    if (!run.ahead.empty() || run.ahead_ended) co_return reached;
    auto page = co_await log_store::by_first_id(parts_.database, run.ahead_id, run.ahead_size);
    run.ahead_ended = page.empty();
    for (auto& batch : page) {
      run.ahead_id = batch.first_id;
      run.ahead_size = static_cast<std::int64_t>(batch.head.head.tree_size);
      run.ahead.push_back(std::move(batch));
    }
  }
}

net::awaitable<std::optional<Finding>> Verifier::check_rows(Run& run) const {
  Background background;
  std::optional<std::string> after;
  bool more = true;
  while (more) {
    auto rows = co_await log_store::entries(parts_.database, after);
    more = rows.size() == log_store::kMostEntries;
    if (!rows.empty()) after = rows.rows.back().text(0);
    auto last_id = more ? *after : std::string(crypto::kBehindAll);
    auto batches = co_await batches_up_to(run, std::move(last_id));
    auto check = [&run, rows = std::move(rows), batches = std::move(batches)]() -> std::optional<Finding> {
      for (const auto& batch : batches) run.rows.add_batch(batch);
      return run.rows.add_rows(rows);
    };
    auto found = background.wait();
    if (!found && run.rows.unsealed() >= kMostUnsealed) found = co_await settle_unsealed(run);
    if (found) co_return found;
    background.start(std::move(check));
  }
  auto found = background.wait();
  if (!found) found = run.rows.finish();
  co_return found;
}

// The queue is read before the new batches: what is in neither then is in none of them.
net::awaitable<std::optional<Finding>> Verifier::settle_unsealed(Run& run) const {
  auto rows = run.rows.take_unsealed();
  std::set<std::string> queued;
  auto found = co_await read_queue(rows, queued);
  if (!found) found = co_await take_newly_sealed(run, rows);
  if (!found) found = judge_unsealed(run, rows, queued);
  co_return found;
}

net::awaitable<std::optional<Finding>> Verifier::read_queue(const UnsealedRows& rows,
                                                            std::set<std::string>& queued) const {
  auto after = kBeforeAllPositions;
  while (true) {
    const auto lines = co_await log_store::waiting(parts_.database, after);
    if (lines.empty()) co_return std::nullopt;
    after = lines.back().position();
    for (const auto& line : lines) {
      if (rows.contains(line.entry_id())) queued.insert(line.entry_id());
      if (!line.has_entry()) co_return about("removed", line.entry_id(), "was removed while it waited to be sealed");
    }
  }
}

net::awaitable<std::optional<Finding>> Verifier::take_newly_sealed(Run& run, UnsealedRows& rows) const {
  auto size = run.snapshot == 0 ? kBeforeAllPositions : static_cast<std::int64_t>(run.snapshot);
  while (true) {
    const auto batches = co_await log_store::by_size(parts_.database, size);
    if (batches.empty()) co_return std::nullopt;
    size = static_cast<std::int64_t>(batches.back().head.head.tree_size);
    for (const auto& batch : batches) {
      std::optional<Finding> found;
      if (batch.head.head.tree_size > run.chain.tree().size()) found = run.chain.add(batch);
      if (!found) found = take_sealed(batch, rows);
      if (found) co_return found;
    }
  }
}

std::optional<Finding> Verifier::judge_unsealed(Run& run, const UnsealedRows& rows,
                                                const std::set<std::string>& queued) const {
  const auto due = parts_.clock.now() - kSealedWithin;
  for (const auto& [id, row] : rows) {
    if (row.without_mac && (run.rows.macs_began() || !queued.contains(id))) {
      return about("inserted", id, "was inserted: it is not sealed and has no MAC");
    }
    if (!queued.contains(id) && row.unknown_key) {
      return about("inserted", id, "was inserted: it is not sealed, and its MAC is under no key of the settings");
    }
    if (!queued.contains(id)) {
      return about("unqueued", id, "is not sealed and does not wait for it: its line in audit_pending was removed");
    }
    if (from_rfc3339(row.at) < due) {
      return about("unsealed", id,
                   row.unknown_key
                       ? "is not sealed: its MAC is under a key that is in neither AUDIT_KEY nor AUDIT_KEYS_OLD"
                       : "is older than a minute and not sealed: does the service run?");
    }
    ++run.pending;
  }
  return std::nullopt;
}

}  // namespace secureauth::audit
