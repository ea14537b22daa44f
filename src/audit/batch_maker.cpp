#include "audit/batch_maker.hpp"

#include "core/unicode.hpp"
#include "crypto/encoding.hpp"
#include "db/unexpected_type.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace secureauth::audit {

std::string_view name_of(Forged forged) {
  switch (forged) {
    case Forged::entry_removed:
      return "entry_removed";
    case Forged::entry_forged:
      return "entry_forged";
    case Forged::entry_repeated:
      return "entry_repeated";
  }
  throw std::logic_error("unknown kind of forgery");
}

namespace {

constexpr std::size_t kMostOfAnId = 64;  // whoever wrote the line may have chosen it

std::string told_id(const log_store::Waiting& line) try {
  return unicode::one_line(line.entry_id(), kMostOfAnId);
} catch (const db::UnexpectedType&) {
  return {};
}

}  // namespace

// A column of another type than it was made with, which SQLite allows, is no entry of this service's either.
BatchMaker::Verdict BatchMaker::judge(const log_store::Waiting& line) try {
  if (!line.has_entry()) return {.forged = Forged::entry_removed};
  const auto entry = line.entry();
  const auto id = id_bytes(entry.text.id);
  if (!id) return {.forged = Forged::entry_forged};
  if (seen_.contains(*id)) return {.forged = Forged::entry_repeated};
  canonical_.clear();
  append_canonical(canonical_, entry.text);
  if (!entry.mac.empty()) {
    const auto verdict = keys_.check(canonical_, entry.mac);
    if (verdict == AuditKeys::Verdict::unknown_key) {
      ++left_[crypto::hex_encode(entry.mac.first(AuditKeys::kIdBytes))];
      return {.stays = true};
    }
    if (verdict == AuditKeys::Verdict::wrong) return {.forged = Forged::entry_forged};
    without_mac_allowed_ = false;
  } else if (!without_mac_allowed_) {
    return {.forged = Forged::entry_forged};
  }
  seen_.insert(*id);
  leaves_.push_back({*id, leaf_hash(canonical_, entry.mac)});
  return {};
} catch (const db::UnexpectedType&) {
  return {.forged = Forged::entry_forged};
}

void BatchMaker::look_at(const log_store::Waiting& line) {
  const auto verdict = judge(line);
  if (verdict.stays) return;
  if (verdict.forged) forged_[*verdict.forged].push_back(told_id(line));
  log_store::append(done_, line.position());
}

void BatchMaker::drop_sealed(const std::vector<Batch>& batches) {
  std::set<IdBytes> sealed;
  for (const auto& batch : batches) {
    for (std::size_t i = 0; (i + 1) * kLeafBytes <= batch.leaves.size(); ++i) {
      const auto id = leaf_at(batch.leaves, i).id;
      if (seen_.contains(id)) sealed.insert(id);
    }
  }
  std::erase_if(leaves_, [&sealed](const Leaf& leaf) { return sealed.contains(leaf.id); });
  for (const auto& id : sealed) {
    seen_.erase(id);
    forged_[Forged::entry_repeated].push_back(id_text(id));
  }
}

std::vector<IdBytes> BatchMaker::ids() const {
  return {seen_.begin(), seen_.end()};
}

std::vector<Leaf> BatchMaker::take_leaves() {
  return std::exchange(leaves_, {});
}

std::vector<log_store::Positions> BatchMaker::done() const {
  return done_;
}

}  // namespace secureauth::audit
