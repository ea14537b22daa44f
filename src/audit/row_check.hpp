#pragma once

#include "audit/audit_keys.hpp"
#include "audit/finding.hpp"
#include "audit/log_store.hpp"
#include "core/clock.hpp"
#include "db/database.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace secureauth::audit {

/// Compares the rows of the log with the leaves of its batches: a merge of two lists that are both sorted by id. Every
/// row is looked at once; in memory are the batches that the merge has reached and not passed.
class RowCheck {
 public:
  /// `found` gets what is wrong, row by row. Both must outlive this.
  RowCheck(const AuditKeys& keys, Findings& found) : keys_(keys), found_(found) {}

  /// In batches sealed later no key but the current one vouches for entries.
  void only_current_key_from(Timestamp time) { only_current_key_from_ = time; }
  /// Batches in the order of their least ids, each before the rows that are not less.
  void add_batch(const Batch& batch);
  /// The next rows by id.
  void add_rows(const db::Rows& rows);
  /// After the last row.
  void finish();

  /// A row that no batch added until now holds. Its MAC is not wrong: right, missing or under an unknown key.
  struct Unsealed {
    TreeHash leaf = {};
    std::string at;
    bool without_mac = false;
    bool unknown_key = false;
    std::uint64_t pruned_to = 0;  ///< what an audit.pruned says: it counts only once it is sealed
  };
  /// By their ids.
  [[nodiscard]] std::map<std::string, Unsealed> take_unsealed() { return std::exchange(unsealed_, {}); }
  [[nodiscard]] std::size_t unsealed() const { return unsealed_.size(); }

  [[nodiscard]] std::uint64_t sealed() const { return sealed_; }
  /// Entries that are sealed and have no MAC, being older than MACs are.
  [[nodiscard]] std::uint64_t without_mac() const { return without_mac_; }
  /// Entries that are sealed, but whose MACs are under a key that is not known here.
  [[nodiscard]] std::uint64_t unknown_keys() const { return unknown_keys_; }
  /// Whether entries were found that have a MAC: what comes later without one is none of the service's.
  [[nodiscard]] bool macs_began() const { return first_with_mac_.has_value(); }
  /// Where sealed entries say that it was pruned: the greatest tree size.
  [[nodiscard]] std::uint64_t pruned_to() const { return pruned_to_; }
  void note_pruned_to(std::uint64_t size) { pruned_to_ = std::max(pruned_to_, size); }
  /// Ids of entries in which the service itself recorded tampering, the first few.
  [[nodiscard]] const std::vector<std::string>& noticed() const { return noticed_; }
  /// The same of those that say that the log began anew there, or that unsealed entries were set aside.
  [[nodiscard]] const std::vector<std::string>& begun_anew() const { return begun_anew_; }
  [[nodiscard]] const std::vector<std::string>& set_aside() const { return set_aside_; }

 private:
  struct Sealed {
    Leaf leaf;
    std::uint64_t entry = 0;
    bool only_current_key = false;
  };
  /// The entries of a batch by id, from the first that no row was found for yet.
  struct Open {
    std::vector<Sealed> entries;
    std::size_t next = 0;
    [[nodiscard]] const Sealed& first() const { return entries[next]; }
  };
  struct Later {
    bool operator()(const Open& a, const Open& b) const { return a.first().leaf.id > b.first().leaf.id; }
  };

  void add_row(const EntryRow& row);
  void compare(const EntryRow& row, const Sealed& sealed, const TreeHash& leaf);
  void keep_unsealed(const EntryRow& row, const TreeHash& leaf);
  void check_mac_begins(const EntryRow& row, std::uint64_t entry);
  [[nodiscard]] bool is_by_old_key(const EntryRow& row) const;
  void note_event(const EntryRow& row);
  [[nodiscard]] Sealed take_first();

  const AuditKeys& keys_;
  Findings& found_;
  std::optional<Timestamp> only_current_key_from_;
  std::priority_queue<Open, std::vector<Open>, Later> open_;
  std::map<std::string, Unsealed> unsealed_;
  std::optional<std::uint64_t> first_with_mac_;
  std::optional<std::uint64_t> last_without_mac_;
  bool told_changed_places_ = false;  // each row from there on would be told
  std::uint64_t sealed_ = 0;
  std::uint64_t without_mac_ = 0;
  std::uint64_t unknown_keys_ = 0;
  std::uint64_t pruned_to_ = 0;
  std::vector<std::string> noticed_;
  std::vector<std::string> begun_anew_;
  std::vector<std::string> set_aside_;
  std::string canonical_;
};

}  // namespace secureauth::audit
