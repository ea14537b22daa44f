#include "audit/row_check.hpp"

#include "audit/audit_log.hpp"
#include "core/json.hpp"
#include "crypto/encoding.hpp"
#include "db/unexpected_type.hpp"

#include <algorithm>

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

/// Where an audit.pruned or audit.begun_anew says that the log begins; 0 for other entries. Each has a MAC.
std::uint64_t pruned_size(const EntryRow& row) {
  static const auto pruned = name_of(Event::audit_pruned);
  static const auto begun_anew = name_of(Event::audit_begun_anew);
  if (row.mac.empty() || (row.text.event != pruned && row.text.event != begun_anew)) return 0;
  const auto json = parse_json(row.text.details);
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
  const bool only_current = only_current_key_from_ && batch.head.head.sealed_at > *only_current_key_from_;
  for (std::size_t i = 0; i < count; ++i) {
    open.entries.push_back({leaf_at(batch.leaves, i), batch.first_entry + i, only_current});
  }
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

void RowCheck::add_rows(const db::Rows& rows) {
  for (const auto& row : rows) {
    try {
      add_row(read_entry(row, 0));
    } catch (const db::UnexpectedType&) {
      found_.add(Finding{.kind = "altered",
                         .words = "a row, behind " + std::to_string(sealed_) +
                                  " that are right, has a column of another type than the service writes",
                         .entry = {},
                         .id = {},
                         .tree_size = {}});
    }
  }
}

void RowCheck::add_row(const EntryRow& row) {
  const auto id = id_bytes(row.text.id);
  if (!id) {
    found_.add(about("inserted", row, std::nullopt, "was inserted: its id is none that the service makes"));
    return;
  }
  canonical_.clear();
  append_canonical(canonical_, row.text);
  const auto leaf = leaf_hash(canonical_, row.mac);
  while (!open_.empty() && open_.top().first().leaf.id < *id) {
    const auto gone = take_first();
    found_.add(removed(gone.leaf.id, gone.entry));
  }
  if (open_.empty() || *id < open_.top().first().leaf.id) {
    keep_unsealed(row, leaf);
    return;
  }
  auto sealed = take_first();
  while (!open_.empty() && open_.top().first().leaf.id == *id) {
    sealed.entry = std::max(sealed.entry, take_first().entry);
    found_.add(about("repeated", row, sealed.entry, "was sealed twice"));
  }
  compare(row, sealed, leaf);
}

void RowCheck::compare(const EntryRow& row, const Sealed& sealed, const TreeHash& leaf) {
  const auto verdict = keys_.check(canonical_, row.mac);
  const bool without_mac = row.mac.empty();
  if (sealed.leaf.node != leaf) {
    const bool authentic = verdict == AuditKeys::Verdict::right && !without_mac;
    found_.add(about("altered", row, sealed.entry,
                     authentic
                         ? "is not what was sealed, though its MAC is right: whoever altered row or leaf has the key"
                         : "was altered"));
    return;
  }
  if (!without_mac && verdict == AuditKeys::Verdict::wrong) {
    found_.add(about("altered", row, sealed.entry, "was sealed with a wrong MAC"));
    return;
  }
  if (sealed.only_current_key && !without_mac && is_by_old_key(row)) {
    found_.add(about("old_key", row, sealed.entry,
                     "has a MAC by an old key, and was sealed more than an hour after another had replaced it"));
  }
  if (!without_mac && verdict == AuditKeys::Verdict::unknown_key) ++unknown_keys_;
  if (without_mac) ++without_mac_;
  ++sealed_;
  note_event(row);
  note_pruned_to(pruned_size(row));
  check_mac_begins(row, sealed.entry);
}

bool RowCheck::is_by_old_key(const EntryRow& row) const {
  return crypto::hex_encode(row.mac.first(AuditKeys::kIdBytes)) != keys_.current_id();
}

void RowCheck::check_mac_begins(const EntryRow& row, std::uint64_t entry) {
  if (row.mac.empty()) {
    last_without_mac_ = std::max(entry, last_without_mac_.value_or(entry));
  } else {
    first_with_mac_ = std::min(entry, first_with_mac_.value_or(entry));
  }
  if (told_changed_places_ || !first_with_mac_ || !last_without_mac_ || *last_without_mac_ < *first_with_mac_) return;
  told_changed_places_ = true;
  found_.add(about("altered", row, entry, "stands where entries without a MAC and such with one change places"));
}

void RowCheck::keep_unsealed(const EntryRow& row, const TreeHash& leaf) {
  const auto verdict = keys_.check(canonical_, row.mac);
  if (verdict == AuditKeys::Verdict::wrong && !row.mac.empty()) {
    found_.add(about("inserted", row, std::nullopt,
                     "was inserted, or altered before it was sealed: its MAC is not by the service's key"));
    return;
  }
  const bool right = verdict == AuditKeys::Verdict::right;
  if (right) note_event(row);
  unsealed_.emplace(row.text.id, Unsealed{.leaf = leaf,
                                          .at = std::string(row.text.at),
                                          .without_mac = row.mac.empty(),
                                          .unknown_key = verdict == AuditKeys::Verdict::unknown_key,
                                          .pruned_to = right ? pruned_size(row) : 0});
}

void RowCheck::note_event(const EntryRow& row) {
  static const auto tampering = name_of(Event::tampering_noticed);
  static const auto begun_anew = name_of(Event::audit_begun_anew);
  static const auto set_aside = name_of(Event::audit_set_aside);
  const auto note = [&row](std::string_view event, std::vector<std::string>& ids) {
    if (row.text.event == event && ids.size() < kMostNoticed) ids.emplace_back(row.text.id);
  };
  note(tampering, noticed_);
  if (row.mac.empty()) return;  // there were none before MACs
  note(begun_anew, begun_anew_);
  note(set_aside, set_aside_);
}

void RowCheck::finish() {
  while (!open_.empty()) {
    const auto gone = take_first();
    found_.add(removed(gone.leaf.id, gone.entry));
  }
}

}  // namespace secureauth::audit
