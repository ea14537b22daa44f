#include "audit/pruner.hpp"

#include "audit/batch_rows.hpp"
#include "audit/chain_check.hpp"
#include "audit/kept_file.hpp"
#include "audit/segment.hpp"

#include <limits>
#include <utility>

namespace secureauth::audit {
namespace {

Error refused(std::string why) {
  return {ErrorCode::conflict, std::move(why)};
}

}  // namespace

net::awaitable<Result<Pruner::Done>> Pruner::operator()(Timestamp before, std::filesystem::path file,
                                                        Operator by) const {
  if (std::filesystem::exists(file)) co_return refused(file.string() + " exists already");
  const auto going = co_await plan(before);
  Done done{.pruned = {}, .waited_for = going.waited_for};
  if (going.heads.empty()) co_return done;
  const auto sha256 = co_await write(going, file);
  if (!sha256) co_return sha256.error();
  Pruned pruned{.first_entry = going.first_entry, .tree_size = going.heads.back().head.tree_size, .sha256 = *sha256};
  Entry record{.event = Event::audit_pruned,
               .actor = by.actor,
               .session = by.session,
               .client = std::move(by.client),
               .details = {{"from", pruned.first_entry}, {"until", pruned.tree_size}, {"sha256", pruned.sha256}}};
  const auto removed = co_await remove_all(going, file, std::move(record));
  if (!removed) co_return removed.error();
  done.pruned = std::move(pruned);
  co_return done;
}

net::awaitable<Pruner::Plan> Pruner::plan(Timestamp before) const {
  const auto newest = co_await log_store::newest(parts_.database);
  const auto undelivered = co_await log_store::first_undelivered(parts_.database);
  Plan plan;
  bool first = true;
  auto after = std::numeric_limits<std::int64_t>::min();
  while (true) {
    auto page = co_await log_store::by_size(parts_.database, after);
    for (auto& batch : page) {
      const auto& head = batch.head.head;
      if (std::exchange(first, false) && batch.leaves.empty()) {
        plan.anchor = std::move(batch);
        plan.first_entry = plan.anchor->head.head.tree_size;
        continue;
      }
      if (head.sealed_at >= before || head.tree_size >= newest->head.head.tree_size) co_return plan;
      if (undelivered && head.tree_size > undelivered->next_entry) {
        plan.waited_for = undelivered;
        co_return plan;
      }
      plan.heads.push_back(batch.head);
    }
    if (page.empty()) co_return plan;
    after = static_cast<std::int64_t>(page.back().head.head.tree_size);
  }
}

net::awaitable<Result<std::string>> Pruner::write(const Plan& plan, const std::filesystem::path& file) const {
  KeptFile out(file);
  ChainCheck chain(parts_.heads, {});
  if (plan.anchor) {
    if (const auto found = chain.add(*plan.anchor)) co_return refused(found->words);
  }
  out.add(segment::text_of(segment::first_line(plan.anchor)));
  for (const auto& head : plan.heads) {
    const auto size = head.head.tree_size;
    auto batch = co_await log_store::of_size(parts_.database, size);
    if (!batch) co_return refused("the batch before entry " + std::to_string(size) + " is gone");
    if (const auto found = chain.add(*batch)) co_return refused(found->words);
    const auto lines = co_await lines_of(*std::move(batch));
    if (!lines) co_return lines.error();
    out.add(*lines);
  }
  co_return out.keep();
}

net::awaitable<Result<std::string>> Pruner::lines_of(Batch batch) const {
  const auto rows = co_await batch_rows(parts_.database, batch);
  std::string all;
  for (std::size_t i = 0; i < batch.leaves.size() / kLeafBytes; ++i) {
    const auto leaf = leaf_at(batch.leaves, i);
    const auto found = rows.find(leaf.id);
    if (found == rows.end() || found->second.leaf != leaf.node) {
      co_return refused("entry " + std::to_string(batch.first_entry + i) + " (" + id_text(leaf.id) +
                        ") is not as it was sealed: see audit verify");
    }
    all += found->second.line;
  }
  co_return all + segment::text_of(segment::batch_line(batch));
}

net::awaitable<Result<void>> Pruner::remove_all(const Plan& plan, const std::filesystem::path& file,
                                                Entry record) const {
  std::optional<Entry> once = std::move(record);
  try {
    for (const auto& head : plan.heads) {
      auto removed = co_await remove(head, once);
      if (!removed && once) std::filesystem::remove(file);  // the other's file has it all
      if (!removed) co_return removed;
      once.reset();
    }
  } catch (const db::CommitOutcomeUnknown&) {
    throw;  // the file may be all that there is
  } catch (...) {
    if (once) std::filesystem::remove(file);  // everything is still in the log
    throw;
  }
  co_return Result<void>();
}

// One at a time, and only what is still as it was written: of two that run at once the later one's batch is gone, and
// what it holds must not be thought to be there.
net::awaitable<Result<void>> Pruner::remove(const SignedHead& head, std::optional<Entry> record) const {
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    tx.serialize_on("audit.prune");
    const auto batch = co_await log_store::of_size(tx, head.head.tree_size);
    if (!batch || batch->head != head || batch->leaves.empty()) {
      co_return refused("another pruning goes on at entry " + std::to_string(head.head.tree_size) +
                        ": nothing was deleted from there on");
    }
    if (record) co_await parts_.audit.record(tx, *record);
    for (std::size_t i = 0; i < batch->leaves.size() / kLeafBytes; ++i) {
      auto id = id_text(leaf_at(batch->leaves, i).id);
      co_await log_store::remove_entry(tx, std::move(id));
    }
    co_await log_store::make_anchor(tx, head.head.tree_size);
    co_return Result<void>();
  };
  auto done = co_await parts_.database.transaction(body);
  co_return done;
}

}  // namespace secureauth::audit
