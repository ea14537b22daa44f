#include "audit/live_tail.hpp"

#include "audit/export/formats.hpp"
#include "audit/export/sealed_entries.hpp"
#include "audit/log_store.hpp"

#include <algorithm>
#include <utility>

namespace secureauth::audit {
namespace {

using std::chrono::steady_clock;

constexpr std::int64_t kPageEntries = 512;

LiveTail::Piece piece_of(sealed_entries::Page page, std::int64_t from) {
  LiveTail::Piece piece{.lines = {}, .next = page.next, .left_out = 0};
  for (auto& entry : page.entries) {
    auto line = std::make_shared<LiveTail::Line>();
    line->number = entry.number.value_or(page.next);
    entry.number.reset();  // the list that this is to look like knows no numbers
    line->json = boost::json::serialize(as_jsonl(entry));
    line->entry = std::move(entry);
    piece.lines.push_back(std::move(line));
  }
  piece.left_out = piece.next - from - static_cast<std::int64_t>(piece.lines.size());
  return piece;
}

}  // namespace

net::awaitable<std::int64_t> LiveTail::end() {
  return sealed_entries::count(database_);
}

net::awaitable<std::optional<std::int64_t>> LiveTail::behind(std::string id) {
  const auto wanted = id_bytes(id);
  if (!wanted) co_return std::nullopt;
  const auto batches = co_await log_store::around(database_, std::move(id));
  for (const auto& batch : batches) {
    for (std::size_t i = 0; i < batch.leaves.size() / kLeafBytes; ++i) {
      if (leaf_at(batch.leaves, i).id == *wanted) co_return static_cast<std::int64_t>(batch.first_entry + i + 1);
    }
  }
  co_return std::nullopt;
}

net::awaitable<LiveTail::Piece> LiveTail::read(std::int64_t from) {
  co_await look_if_due();
  if (auto kept = read_kept(from)) co_return *std::move(kept);
  auto piece = co_await read_for_one(from);
  co_return piece;
}

std::optional<LiveTail::Piece> LiveTail::read_kept(std::int64_t from) const {
  const std::lock_guard lock(memory_->mutex);
  const auto& kept = memory_->kept;
  const auto& end = memory_->end;
  if (!end || from >= *end) return Piece{.lines = {}, .next = from, .left_out = 0};
  if (from < oldest(*end)) return Piece{.lines = {}, .next = oldest(*end), .left_out = oldest(*end) - from};
  if (from < memory_->kept_from) return std::nullopt;
  Piece piece{.lines = {}, .next = *end, .left_out = 0};
  auto line = std::ranges::lower_bound(kept, from, {}, [](const auto& one) { return one->number; });
  for (; line != kept.end() && piece.lines.size() < kMostLines; ++line) piece.lines.push_back(*line);
  if (line != kept.end()) piece.next = (*line)->number;
  piece.left_out = piece.next - from - static_cast<std::int64_t>(piece.lines.size());
  return piece;
}

net::awaitable<LiveTail::Piece> LiveTail::read_for_one(std::int64_t from) {
  auto page = co_await sealed_entries::page(database_, verifier_, from, kMostLines);
  if (!page.unsound) co_return piece_of(std::move(page), from);
  const auto newest = co_await end();  // the batch is nobody's: what is behind it may be sound
  co_return Piece{.lines = {}, .next = newest, .left_out = newest - from};
}

net::awaitable<void> LiveTail::look_if_due() {
  std::optional<std::int64_t> from;
  {
    const std::lock_guard lock(memory_->mutex);
    if (memory_->looking || steady_clock::now() - memory_->looked_at < look_every_) co_return;
    memory_->looking = true;
    from = memory_->end;
  }
  // Lets others look once this is over, however it ends.
  const std::unique_ptr<Memory, void (*)(Memory*)> until_end(memory_.get(), [](Memory* memory) {
    const std::lock_guard lock(memory->mutex);
    memory->looking = false;
    memory->looked_at = steady_clock::now();
  });
  co_await look(from);
}

net::awaitable<void> LiveTail::look(std::optional<std::int64_t> from) {
  const auto newest = co_await end();
  if (!from || *from < oldest(newest) || newest < *from) {  // nobody followed it for a while
    start_over(newest);
    co_return;
  }
  for (auto next = *from; next < newest;) {
    auto page = co_await sealed_entries::page(database_, verifier_, next, kPageEntries);
    if (page.unsound || page.next == next) {
      keep({.lines = {}, .next = newest, .left_out = 0});
      co_return;
    }
    auto piece = piece_of(std::move(page), next);
    next = piece.next;
    keep(std::move(piece));
  }
}

void LiveTail::keep(Piece piece) {
  const std::lock_guard lock(memory_->mutex);
  memory_->end = piece.next;
  memory_->kept_from = std::max(memory_->kept_from, oldest(piece.next));
  auto& kept = memory_->kept;
  for (auto& line : piece.lines) kept.push_back(std::move(line));
  while (!kept.empty() && kept.front()->number < memory_->kept_from) kept.pop_front();
}

void LiveTail::start_over(std::int64_t end) {
  const std::lock_guard lock(memory_->mutex);
  memory_->kept.clear();
  memory_->kept_from = end;
  memory_->end = end;
}

LiveTail::Follower LiveTail::join() {
  const std::lock_guard lock(memory_->mutex);
  if (auto others = memory_->followers.lock()) return others;
  // Should another one join while the last one goes, he finds nothing kept and reads for himself.
  Follower first(memory_.get(), [memory = memory_](void*) mutable {
    const auto last = std::move(memory);  // which holds this deleter through its weak pointer
    const std::lock_guard forgetting(last->mutex);
    Lines().swap(last->kept);
    last->end.reset();
  });
  memory_->followers = first;
  return first;
}

}  // namespace secureauth::audit
