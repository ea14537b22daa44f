#pragma once

#include "audit/audit_keys.hpp"
#include "audit/log_store.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::audit {

/// Why a line of `audit_pending` does not get into the tree.
enum class Forged { entry_removed, entry_forged, entry_repeated };
[[nodiscard]] std::string_view name_of(Forged forged);

/// Looks at what waits, line by line, and gathers the leaves of the next batch.
class BatchMaker {
 public:
  /// `without_mac_allowed`: every entry sealed until now has none, being older than MACs are; so may the next ones.
  BatchMaker(const AuditKeys& keys, bool without_mac_allowed)
      : keys_(keys), without_mac_allowed_(without_mac_allowed) {}

  void look_at(const log_store::Waiting& line);
  /// Takes out what these batches hold already. Afterwards nothing is looked at any more.
  void drop_sealed(const std::vector<Batch>& batches);
  /// The ids in it, sorted.
  [[nodiscard]] std::vector<IdBytes> ids() const;

  [[nodiscard]] std::vector<Leaf> take_leaves();
  /// Every line to be deleted, as few ranges as there are.
  [[nodiscard]] std::vector<log_store::Positions> done() const;
  [[nodiscard]] const std::map<Forged, std::vector<std::string>>& forged() const { return forged_; }
  /// Lines that stay where they are, by the id of the unknown key that their MACs are under.
  [[nodiscard]] const std::map<std::string, std::size_t>& left() const { return left_; }

 private:
  struct Verdict {
    bool stays = false;
    std::optional<Forged> forged = {};
  };
  Verdict judge(const log_store::Waiting& line);

  const AuditKeys& keys_;
  bool without_mac_allowed_;
  std::vector<Leaf> leaves_;
  std::set<IdBytes> seen_;
  std::vector<log_store::Positions> done_;
  std::map<Forged, std::vector<std::string>> forged_;
  std::map<std::string, std::size_t> left_;
  std::string canonical_;
};

}  // namespace secureauth::audit
