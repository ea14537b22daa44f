#pragma once

#include "audit/audit_log.hpp"
#include "audit/log_store.hpp"
#include "audit/signed_head.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace secureauth::audit {

/// Gives every entry its place in the log's Merkle tree and signs the tree's heads: what stands in `audit_pending` goes
/// into `audit_heads`, in order, a batch a transaction. Several instances may run it at once; one at a time seals, and
/// who writes entries waits for none of them. Used by one coroutine at a time.
///
/// What the database holds is not believed. A waiting entry that is gone, bears no right MAC or was sealed before is
/// taken from the queue, not into the tree, and recorded as audit.tampering_noticed; one under an unknown key waits on,
/// for an instance that knows it. On a newest head that does not hold, nothing is built. Docs: docs/adr/0020.
class Sealer {
 public:
  struct Parts {
    db::Database& database;
    const AuditKeys& keys;
    const AuditLog& audit;
    const Clock& clock;
  };
  /// `seen`: the newest head known from before, such as from a file; the log must go on from it.
  explicit Sealer(const Parts& parts, std::optional<SignedHead> seen = {});

  /// Seals all that waits. Nothing waiting, or nothing new, costs one read and no write. Returns how many entries it
  /// sealed. Throws db::DatabaseError, or std::exception with a sentence where the newest head does not hold.
  net::awaitable<std::size_t> operator()();

  /// The newest head that this instance knows; none before operator() ran.
  [[nodiscard]] const std::optional<SignedHead>& newest() const { return newest_; }
  /// Whether the log was ever found not to go on from the newest head known: what was kept of that is evidence.
  [[nodiscard]] bool went_back() const { return went_back_; }

 private:
  struct Round {
    std::size_t sealed = 0;
    bool more = false;
    bool took_any = false;  ///< from the queue, into the tree or not
    std::int64_t last_position = 0;
    std::map<std::string, std::size_t> left;  ///< lines under keys that are not known, by key id
    std::optional<SignedHead> head;
  };
  net::awaitable<Result<Round>> seal_batch(db::Transaction& tx, std::int64_t after) const;
  /// Whether the log goes on from what was seen; records it where not.
  net::awaitable<void> look_for_a_rollback(log_store::Glance now);
  net::awaitable<void> remember_newest();
  net::awaitable<std::size_t> look_and_seal();
  /// What only other instances can seal is told once, and not looked at each time.
  void note_left(const std::map<std::string, std::size_t>& left);
  [[nodiscard]] bool only_left_lines_wait(const log_store::Glance& now) const;
  /// Seals batch by batch until nothing waits.
  net::awaitable<std::size_t> seal_all();

  Parts parts_;
  HeadSigner signer_;
  HeadVerifier verifier_;
  std::optional<SignedHead> newest_;
  bool went_back_ = false;
  std::uint64_t entries_ = 0;  // that the newest head spoke of at the last look
  bool told_broken_ = false;
  std::set<std::string> told_keys_;
  std::optional<std::int64_t> left_to_;  // the last position, where a look at the whole queue took nothing from it
  Timestamp look_again_at_;
};

}  // namespace secureauth::audit
