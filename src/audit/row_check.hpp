#pragma once

#include "audit/audit_keys.hpp"
#include "audit/finding.hpp"
#include "audit/log_store.hpp"
#include "db/database.hpp"

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
  /// `keys` must outlive this.
  explicit RowCheck(const AuditKeys& keys) : keys_(keys) {}

  /// Batches in the order of their least ids, each before the rows that are not less.
  void add_batch(const Batch& batch);
  /// The next rows by id. What is wrong with the first that something is wrong with.
  [[nodiscard]] std::optional<Finding> add_rows(const db::Rows& rows);
  /// After the last row.
  [[nodiscard]] std::optional<Finding> finish() const;

  /// A row that no batch added until now holds. Its MAC is not wrong: right, missing or under an unknown key.
  struct Unsealed {
    TreeHash leaf = {};
    std::string at;
    bool without_mac = false;
    bool unknown_key = false;
  };
  /// By their ids.
  [[nodiscard]] std::map<std::string, Unsealed> take_unsealed() { return std::exchange(unsealed_, {}); }
  [[nodiscard]] std::size_t unsealed() const { return unsealed_.size(); }

  [[nodiscard]] std::uint64_t sealed() const { return sealed_; }
  /// Entries that are sealed, but whose MACs are under a key that is not known here.
  [[nodiscard]] std::uint64_t unknown_keys() const { return unknown_keys_; }
  /// Whether entries were found that have a MAC: what comes later without one is none of the service's.
  [[nodiscard]] bool macs_began() const { return first_with_mac_.has_value(); }
  /// Where the service says that it was pruned: the greatest tree size.
  [[nodiscard]] std::uint64_t pruned_to() const { return pruned_to_; }
  /// Ids of entries in which the service itself recorded tampering, the first few.
  [[nodiscard]] const std::vector<std::string>& noticed() const { return noticed_; }

 private:
  struct Sealed {
    Leaf leaf;
    std::uint64_t entry = 0;
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

  [[nodiscard]] std::optional<Finding> add_row(const EntryRow& row);
  [[nodiscard]] std::optional<Finding> compare(const EntryRow& row, const Sealed& sealed, const TreeHash& leaf);
  [[nodiscard]] std::optional<Finding> keep_unsealed(const EntryRow& row, const TreeHash& leaf);
  [[nodiscard]] std::optional<Finding> check_mac_begins(const EntryRow& row, std::uint64_t entry);
  void note_event(const EntryRow& row);
  [[nodiscard]] Sealed take_first();

  const AuditKeys& keys_;
  std::priority_queue<Open, std::vector<Open>, Later> open_;
  std::map<std::string, Unsealed> unsealed_;
  std::optional<std::uint64_t> first_with_mac_;
  std::optional<std::uint64_t> last_without_mac_;
  std::uint64_t sealed_ = 0;
  std::uint64_t unknown_keys_ = 0;
  std::uint64_t pruned_to_ = 0;
  std::vector<std::string> noticed_;
  std::string canonical_;
};

}  // namespace secureauth::audit
