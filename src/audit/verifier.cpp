#include "audit/verifier.hpp"

#include "audit/head_checks.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "crypto/random.hpp"
#include "crypto/uuid.hpp"
#include "db/unexpected_type.hpp"

#include <deque>
#include <future>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

namespace secureauth::audit {
namespace {

constexpr std::size_t kMostUnsealed = 10000;  // kept before it is asked what became of them
constexpr auto kSealedWithin = std::chrono::minutes(1);
constexpr auto kBeforeAllPositions = std::numeric_limits<std::int64_t>::min();

Finding about(std::string kind, const std::string& id, const std::string& what) {
  return {.kind = std::move(kind), .words = "the row " + id + " " + what, .entry = {}, .id = id, .tree_size = {}};
}

Finding of_another_type(const std::string& where) {
  return {.kind = "altered",
          .words = "a table of the log has a column of another type than the service writes: " + where,
          .entry = {},
          .id = {},
          .tree_size = {}};
}

/// Runs a check on another thread, while the caller fetches what the next one is about.
class Background {
 public:
  template <class Check>
  void start(Check check) {
    running_ = std::async(std::launch::async, std::move(check));
  }
  /// For the one that runs, if one does.
  void wait() {
    if (running_.valid()) running_.get();
  }

 private:
  std::future<void> running_;
};

/// Which batches a pass was given, whatever their order: their number, and a sum that nobody can foresee who does not
/// know the key. The database may answer two statements differently.
class Given {
 public:
  void add(const Batch& batch, const crypto::SecretBytes& key) {
    if (batch.leaves.empty()) return;  // the anchor
    ++batches_;
    const auto digest = crypto::hmac_sha256(key, {std::to_string(batch.first_entry), crypto::as_text(batch.leaves)});
    for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] ^= digest[i];
  }
  [[nodiscard]] std::uint64_t batches() const { return batches_; }
  bool operator==(const Given&) const = default;

 private:
  std::uint64_t batches_ = 0;
  crypto::Sha256 sum_{};
};

crypto::SecretBytes fresh_key() {
  crypto::SecretBytes key(32);
  crypto::SystemRandom().fill(key.bytes());
  return key;
}

}  // namespace

struct Verifier::Run {
  Run(const Parts& parts, std::vector<SignedHead> published)
      : chain(parts.heads, std::move(published)), rows(parts.keys, found) {}

  Findings found;
  ChainCheck chain;
  RowCheck rows;
  std::uint64_t snapshot = 0;  // entries whose batches were followed before the first row was read
  crypto::SecretBytes key = fresh_key();
  Given by_size;  // batches that each pass was given
  Given by_id;
  // Batches by their least id, fetched and not yet handed to `rows`; and from where on to fetch.
  std::deque<Batch> ahead;
  std::string ahead_id = std::string(crypto::kBeforeAll);
  std::int64_t ahead_size = -1;
  bool ahead_ended = false;
  std::uint64_t pending = 0;
  std::set<std::int64_t> told_removed;  // lines of the queue whose entries are gone
};

net::awaitable<Verifier::Report> Verifier::operator()(std::vector<SignedHead> published) const {
  const auto before = co_await log_store::glance(parts_.database, 0);
  Run run(parts_, std::move(published));
  co_await verify(run);
  if (!run.found.empty()) {
    const auto after = co_await log_store::glance(parts_.database, 0);
    if (after.oldest_size != before.oldest_size && before.oldest_size) {
      throw std::runtime_error("the log was pruned meanwhile: verify it again");
    }
  }
  co_return Report{.findings = std::move(run.found),
                   .sealed = run.rows.sealed(),
                   .pruned = run.chain.begins_behind(),
                   .pending = run.pending,
                   .without_mac = run.rows.without_mac(),
                   .unknown_keys = run.rows.unknown_keys(),
                   .newest = run.chain.newest(),
                   .noticed = run.rows.noticed(),
                   .begun_anew = run.rows.begun_anew(),
                   .set_aside = run.rows.set_aside()};
}

net::awaitable<void> Verifier::verify(Run& run) const {
  try {
    co_await check_chain(run);
  } catch (const db::UnexpectedType&) {
    run.found.add(of_another_type("its rows were not compared"));
    co_return;  // without the batches every row would be named
  }
  try {
    co_await check_rows(run);
    co_await settle_unsealed(run);
  } catch (const db::UnexpectedType&) {
    run.found.add(of_another_type("not all rows were compared"));
  }
  finish(run);
}

void Verifier::finish(Run& run) {
  if (run.by_size != run.by_id) {
    run.found.add(Finding{.kind = "index",
                          .words = "the database finds " + std::to_string(run.by_size.batches()) +
                                   " batches by their size and " + std::to_string(run.by_id.batches()) +
                                   " by their ids, or answers differently: an index of audit_heads hides entries",
                          .entry = {},
                          .id = {},
                          .tree_size = {}});
  }
  for (auto& finding : run.chain.finish()) run.found.add(std::move(finding));
  if (run.chain.begins_behind() > run.rows.pruned_to()) {
    run.found.add(
        Finding{.kind = "no_anchor",
                .words = "the log begins behind entry " + std::to_string(run.chain.begins_behind() - 1) +
                         ", and no sealed audit.pruned or audit.begun_anew says that anybody exported what was before",
                .entry = 0,
                .id = {},
                .tree_size = run.chain.begins_behind()});
  }
}

net::awaitable<void> Verifier::check_chain(Run& run) const {
  Background background;
  auto after = kBeforeAllPositions;
  while (true) {
    auto page = co_await log_store::by_size(parts_.database, after);
    if (page.empty()) break;
    after = static_cast<std::int64_t>(page.back().head.head.tree_size);
    auto check = [this, &run, page = std::move(page)] {
      const auto signatures = check_heads(parts_.heads, page);
      for (std::size_t i = 0; i < page.size(); ++i) {
        run.found.add(run.chain.add(page[i], signatures[i]));
        run.by_size.add(page[i], run.key);
      }
    };
    background.wait();
    background.start(std::move(check));
  }
  background.wait();
  run.snapshot = after > 0 ? static_cast<std::uint64_t>(after) : 0;
  if (const auto time = run.chain.only_current_key_from()) run.rows.only_current_key_from(*time);
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

net::awaitable<void> Verifier::check_rows(Run& run) const {
  Background background;
  std::optional<std::string> after;
  bool more = true;
  while (more) {
    auto rows = co_await log_store::entries(parts_.database, after);
    more = rows.size() == log_store::kMostEntries;
    if (more) after = rows.rows.back().text(0);
    auto last_id = more ? *after : std::string(crypto::kBehindAll);
    auto batches = co_await batches_up_to(run, std::move(last_id));
    auto check = [&run, rows = std::move(rows), batches = std::move(batches)] {
      for (const auto& batch : batches) {
        run.by_id.add(batch, run.key);
        run.rows.add_batch(batch);
      }
      run.rows.add_rows(rows);
    };
    background.wait();
    if (run.rows.unsealed() >= kMostUnsealed) co_await settle_unsealed(run);
    background.start(std::move(check));
  }
  background.wait();
  run.rows.finish();
}

// The queue is read before the new batches: what is in neither then is in none of them.
net::awaitable<void> Verifier::settle_unsealed(Run& run) const {
  auto rows = run.rows.take_unsealed();
  const auto queued = co_await read_queue(run, rows);
  co_await take_newly_sealed(run, rows);
  judge_unsealed(run, rows, queued);
}

net::awaitable<std::set<std::string>> Verifier::read_queue(Run& run, const UnsealedRows& rows) const {
  std::set<std::string> queued;
  auto after = kBeforeAllPositions;
  while (true) {
    const auto lines = co_await log_store::waiting(parts_.database, after);
    if (lines.empty()) co_return queued;
    after = lines.back().position();
    for (const auto& line : lines) {
      if (rows.contains(line.entry_id())) queued.insert(line.entry_id());
      if (line.has_entry() || !run.told_removed.insert(line.position()).second) continue;
      run.found.add(about("removed", line.entry_id(), "was removed while it waited to be sealed"));
    }
  }
}

net::awaitable<void> Verifier::take_newly_sealed(Run& run, UnsealedRows& rows) const {
  auto size = run.snapshot == 0 ? kBeforeAllPositions : static_cast<std::int64_t>(run.snapshot);
  while (true) {
    const auto batches = co_await log_store::by_size(parts_.database, size);
    if (batches.empty()) co_return;
    size = static_cast<std::int64_t>(batches.back().head.head.tree_size);
    for (const auto& batch : batches) {
      if (batch.head.head.tree_size > run.chain.tree().size()) run.found.add(run.chain.add(batch));
      take_sealed(run, batch, rows);
    }
  }
}

/// Takes out what the batch holds.
void Verifier::take_sealed(Run& run, const Batch& batch, UnsealedRows& rows) {
  for (std::size_t i = 0; i < batch.leaves.size() / kLeafBytes; ++i) {
    const auto leaf = leaf_at(batch.leaves, i);
    const auto row = rows.find(id_text(leaf.id));
    if (row == rows.end()) continue;
    if (row->second.leaf == leaf.node) {
      run.rows.note_pruned_to(row->second.pruned_to);
    } else {
      run.found.add(about("altered", row->first, "was altered"));
    }
    rows.erase(row);
  }
}

void Verifier::judge_unsealed(Run& run, const UnsealedRows& rows, const std::set<std::string>& queued) const {
  const auto due = parts_.clock.now() - kSealedWithin;
  for (const auto& [id, row] : rows) {
    if (auto found = judge(row, id, queued.contains(id), run.rows.macs_began(), due)) {
      run.found.add(*std::move(found));
    } else {
      ++run.pending;
    }
  }
}

std::optional<Finding> Verifier::judge(const RowCheck::Unsealed& row, const std::string& id, bool queued,
                                       bool macs_began, Timestamp due) {
  if (row.without_mac && (macs_began || !queued)) {
    return about("inserted", id, "was inserted: it is not sealed and has no MAC");
  }
  if (!queued && row.unknown_key) {
    return about("inserted", id, "was inserted: it is not sealed, and its MAC is under no key of the settings");
  }
  if (!queued) {
    return about("unqueued", id, "is not sealed and does not wait for it: its line in audit_pending was removed");
  }
  try {
    if (from_rfc3339(row.at) >= due) return std::nullopt;
  } catch (const std::invalid_argument&) {
    return about("inserted", id, "was inserted: its time is none that the service writes");
  }
  return about("unsealed", id,
               row.unknown_key ? "is not sealed: its MAC is under a key that is in neither AUDIT_KEY nor AUDIT_KEYS_OLD"
                               : "is older than a minute and not sealed: does the service run?");
}

}  // namespace secureauth::audit
