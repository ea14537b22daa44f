#include "audit/row_check.hpp"

#include "audit/audit_log.hpp"
#include "core/json.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::audit {
namespace {

constexpr std::size_t kMostNoticed = 10;

Finding removed(const IdBytes& id, std::uint64_t entry) {
  return {.kind = "removed",
          .words = "entry " + std::to_string(entry) + " (" + id_text(id) + ") was removed",
          .entry = entry,
          .id = id_text(id),
          .tree_size = {}};
}

Finding about(std::string_view kind, const EntryRow& row, std::optional<std::uint64_t> entry, std::string_view what) {
  const std::string id(row.text.id);
  const auto which = entry ? "entry " + std::to_string(*entry) + " (" + id + ")" : "the row " + id;
  return {
      .kind = std::string(kind), .words = which + " " + std::string(what), .entry = entry, .id = id, .tree_size = {}};
}

std::uint64_t told_size(std::string_view details) {
  const auto json = parse_json(details);
  const auto* object = json ? json->if_object() : nullptr;
  const auto* size = object != nullptr ? object->if_contains("until") : nullptr;
  const auto* number = size != nullptr ? size->if_int64() : nullptr;
  return number != nullptr && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

}  // namespace

void RowCheck::add_batch(const Batch& batch) {
  Open open;
  const auto count = batch.leaves.size() / kLeafBytes;
  if (count == 0) return;  // the anchor
  open.entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) open.entries.push_back({leaf_at(batch.leaves, i), batch.first_entry + i});
  const auto id_of = [](const Sealed& sealed) -> const IdBytes& { return sealed.leaf.id; };
  if (!std::ranges::is_sorted(open.entries, {}, id_of)) std::ranges::sort(open.entries, {}, id_of);
  open_.push(std::move(open));
}

RowCheck::Sealed RowCheck::take_first() {
  // Moved out and, unless it is done, in again: with few batches open that is a swap of pointers.
  auto open =
      std::move(const_cast<Open&>(open_.top()));  // NOLINT(cppcoreguidelines-pro-type-const-cast): popped at once
  open_.pop();
  const auto first = open.first();
  if (++open.next < open.entries.size()) open_.push(std::move(open));
  return first;
}

std::optional<Finding> RowCheck::add_rows(const db::Rows& rows) {
  for (const auto& row : rows) {
    try {
      if (auto found = add_row(read_entry(row, 0))) return found;
    } catch (const std::logic_error&) {
      return Finding{.kind = "altered",
                     .words = "a row, behind " + std::to_string(sealed_) +
                              " that are right, has a column of another type than the service writes",
                     .entry = {},
                     .id = {},
                     .tree_size = {}};
    }
  }
  return std::nullopt;
}

std::optional<Finding> RowCheck::add_row(const EntryRow& row) {
  const auto id = id_bytes(row.text.id);
  if (!id) return about("inserted", row, std::nullopt, "was inserted: its id is none that the service makes");
  canonical_.clear();
  append_canonical(canonical_, row.text);
  const auto leaf = leaf_hash(canonical_, row.mac);
  if (open_.empty() || *id < open_.top().first().leaf.id) return keep_unsealed(row, leaf);
  const auto sealed = take_first();
  if (sealed.leaf.id < *id) return removed(sealed.leaf.id, sealed.entry);
  return compare(row, sealed, leaf);
}

std::optional<Finding> RowCheck::compare(const EntryRow& row, const Sealed& sealed, const TreeHash& leaf) {
  const auto verdict = keys_.check(canonical_, row.mac);
  const bool without_mac = row.mac.empty();
  if (sealed.leaf.node != leaf) {
    const bool authentic = verdict == AuditKeys::Verdict::right && !without_mac;
    return about("altered", row, sealed.entry,
                 authentic ? "is not what was sealed, though its MAC is right: whoever altered row or leaf has the key"
                           : "was altered");
  }
  if (!open_.empty() && open_.top().first().leaf.id == sealed.leaf.id) {
    return about("repeated", row, std::max(sealed.entry, open_.top().first().entry), "was sealed twice");
  }
  if (!without_mac && verdict == AuditKeys::Verdict::wrong) {
    return about("altered", row, sealed.entry, "was sealed with a wrong MAC");
  }
  if (!without_mac && verdict == AuditKeys::Verdict::unknown_key) ++unknown_keys_;
  ++sealed_;
  note_event(row);
  return check_mac_begins(row, sealed.entry);
}

std::optional<Finding> RowCheck::check_mac_begins(const EntryRow& row, std::uint64_t entry) {
  if (row.mac.empty()) {
    last_without_mac_ = std::max(entry, last_without_mac_.value_or(entry));
  } else {
    first_with_mac_ = std::min(entry, first_with_mac_.value_or(entry));
  }
  if (!first_with_mac_ || !last_without_mac_ || *last_without_mac_ < *first_with_mac_) return std::nullopt;
  return about("altered", row, entry, "stands where entries without a MAC and such with one change places");
}

std::optional<Finding> RowCheck::keep_unsealed(const EntryRow& row, const TreeHash& leaf) {
  const auto verdict = keys_.check(canonical_, row.mac);
  if (verdict == AuditKeys::Verdict::wrong && !row.mac.empty()) {
    return about("inserted", row, std::nullopt,
                 "was inserted, or altered before it was sealed: its MAC is not by the service's key");
  }
  if (verdict == AuditKeys::Verdict::right) note_event(row);
  unsealed_.emplace(row.text.id, Unsealed{.leaf = leaf,
                                          .at = std::string(row.text.at),
                                          .without_mac = row.mac.empty(),
                                          .unknown_key = verdict == AuditKeys::Verdict::unknown_key});
  return std::nullopt;
}

void RowCheck::note_event(const EntryRow& row) {
  static const auto pruned = name_of(Event::audit_pruned);
  static const auto tampering = name_of(Event::tampering_noticed);
  if (row.text.event == pruned) pruned_to_ = std::max(pruned_to_, told_size(row.text.details));
  if (row.text.event == tampering && noticed_.size() < kMostNoticed) {
    noticed_.emplace_back(row.text.id);
  }
}

std::optional<Finding> RowCheck::finish() const {
  if (open_.empty()) return std::nullopt;
  const auto& first = open_.top().first();
  return removed(first.leaf.id, first.entry);
}

}  // namespace secureauth::audit
