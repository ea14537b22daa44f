#include "audit/former_log.hpp"

#include "audit/batch_rows.hpp"
#include "audit/entry.hpp"
#include "audit/export/formats.hpp"
#include "audit/merkle_tree.hpp"
#include "audit/recorded_entry.hpp"
#include "audit/segment.hpp"
#include "crypto/encoding.hpp"
#include "db/unexpected_type.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace secureauth::audit {
namespace {

// What JSON numbers hold everywhere; whoever made up a head may have made up its size.
constexpr std::uint64_t kMostEntries = std::uint64_t{1} << 53;

boost::json::object whole(const Batch& batch) {
  return {{"first_entry", batch.first_entry},
          {"head", as_json(batch.head)},
          {"first_id", batch.first_id},
          {"last_id", batch.last_id},
          {"leaves", crypto::base64_encode(batch.leaves)},
          {"peaks", crypto::base64_encode(batch.peaks)}};
}

bool is_sound(const Batch& batch) {
  const auto& head = batch.head.head;
  if (head.tree_size == 0 || head.tree_size > kMostEntries) return false;
  const auto tree = MerkleTree::of(head.tree_size, batch.peaks);
  return tree && tree->root() == head.root;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::create_directory(folder, error)) {
    throw std::runtime_error(folder.string() + (error ? " cannot be made: " + error.message() : " exists already"));
  }
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
}

}  // namespace

FormerLog::FormerLog(const Parts& parts, std::filesystem::path folder) : parts_(parts), folder_(std::move(folder)) {}

net::awaitable<void> FormerLog::keep() {
  make_folder(folder_);
  try {
    co_await keep_all();
  } catch (...) {
    std::filesystem::remove_all(folder_);
    throw;
  }
}

net::awaitable<void> FormerLog::keep_all() {
  KeptFile log(folder_ / "log.jsonl");
  KeptFile heads(folder_ / "heads.jsonl");
  co_await keep_batches(log, heads);
  co_await read_queue();
  KeptFile rest(folder_ / "rest.jsonl");
  co_await keep_rest(rest);
  KeptFile sums(folder_ / "SHA256SUMS");
  sums.add(log.keep() + "  log.jsonl\n");
  sums.add(heads.keep() + "  heads.jsonl\n");
  sums.add(rest.keep() + "  rest.jsonl\n");
  sha256_ = sums.keep();
}

net::awaitable<void> FormerLog::keep_batches(KeptFile& log, KeptFile& heads) {
  auto after = std::numeric_limits<std::int64_t>::min();
  bool first = true;
  while (true) {
    const auto page = co_await log_store::by_size(parts_.database, after);
    if (page.empty()) break;
    after = static_cast<std::int64_t>(page.back().head.head.tree_size);
    for (const auto& batch : page) {
      const bool is_anchor = first && batch.leaves.empty();
      if (std::exchange(first, false)) {
        std::optional<Batch> anchor;
        if (is_anchor) anchor = batch;
        log.add(segment::text_of(segment::first_line(anchor)));
      }
      note_head(batch);
      heads.add(segment::text_of(whole(batch)));
      if (!is_anchor) co_await keep_batch(log, batch);
    }
  }
  std::ranges::sort(sealed_);
  const auto repeated = std::ranges::unique(sealed_);
  sealed_.erase(repeated.begin(), repeated.end());
}

void FormerLog::note_head(const Batch& batch) {
  newest_ = batch.head;
  knows_some_head_ = knows_some_head_ || parts_.heads.check(batch.head) == HeadVerifier::Verdict::right;
  if (!is_sound(batch)) return;
  last_sound_ = batch;
  last_sound_->leaves.clear();
}

net::awaitable<void> FormerLog::keep_batch(KeptFile& log, const Batch& batch) {
  const auto rows = co_await batch_rows(parts_.database, batch);
  for (std::size_t i = 0; i < batch.leaves.size() / kLeafBytes; ++i) {
    const auto found = rows.find(leaf_at(batch.leaves, i).id);
    if (found == rows.end()) continue;  // gone: its leaf is in heads.jsonl
    log.add(found->second.line);
    sealed_.push_back(found->first);
  }
  log.add(segment::text_of(segment::batch_line(batch)));
}

net::awaitable<void> FormerLog::read_queue() {
  auto after = std::numeric_limits<std::int64_t>::min();
  while (true) {
    const auto waiting = co_await log_store::waiting(parts_.database, after);
    if (waiting.empty()) co_return;
    after = waiting.back().position();
    for (const auto& line : waiting) {
      if (stays(line)) {
        const bool is_new = staying_.insert(*id_bytes(line.entry_id())).second;
        if (is_new) continue;
      }
      log_store::append(lines_, line.position());
    }
  }
}

/// Whether a present key will seal it.
bool FormerLog::stays(const log_store::Waiting& line) const try {
  if (!line.has_entry()) return false;
  const auto entry = line.entry();
  const auto id = id_bytes(entry.text.id);
  if (!id || entry.mac.empty() || std::ranges::binary_search(sealed_, *id)) return false;
  std::string canonical;
  append_canonical(canonical, entry.text);
  return parts_.keys.check(canonical, entry.mac) == AuditKeys::Verdict::right;
} catch (const db::UnexpectedType&) {
  return false;
}

net::awaitable<void> FormerLog::keep_rest(KeptFile& rest) {
  std::optional<std::string> after;
  while (true) {
    const auto rows = co_await log_store::entries(parts_.database, after);
    for (const auto& row : rows) keep_row(rest, row);
    if (rows.size() < log_store::kMostEntries) co_return;
    after = rows.rows.back().text(0);
  }
}

void FormerLog::keep_row(KeptFile& rest, const db::Row& row) {
  try {
    const auto entry = read_entry(row, 0);
    const auto id = id_bytes(entry.text.id);
    if (id && (staying_.contains(*id) || std::ranges::binary_search(sealed_, *id))) return;
    rest.add(segment::text_of(segment::entry_line(entry)));
  } catch (const db::UnexpectedType&) {  // without what is no text
    rest.add(segment::text_of({{"row", as_jsonl(recorded_entry(row))}}));
  }
  ++rest_;
}

}  // namespace secureauth::audit
