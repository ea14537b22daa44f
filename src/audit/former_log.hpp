#pragma once

#include "audit/audit_keys.hpp"
#include "audit/kept_file.hpp"
#include "audit/log_store.hpp"
#include "audit/signed_head.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace secureauth::audit {

/// A log whose key is lost, written into a folder as it stands: whatever in it was altered stays so. The files:
/// - `log.jsonl`: a segment (segment.hpp) of all batches, which its public key verifies;
/// - `heads.jsonl`: each batch whole, with its leaves: what rows that are gone must have been;
/// - `rest.jsonl`: rows that are in no batch;
/// - `SHA256SUMS`: of those three, for sha256sum -c.
class FormerLog {
 public:
  struct Parts {
    db::Database& database;
    const AuditKeys& keys;
    const HeadVerifier& heads;
  };
  FormerLog(const Parts& parts, std::filesystem::path folder);

  /// Makes the folder, mode 0700, and the files in it, mode 0600. Entries that wait to be sealed by a present key are
  /// left out: they stay. Throws db::DatabaseError, std::runtime_error, and leaves no folder then.
  net::awaitable<void> keep();

  [[nodiscard]] std::uint64_t entries() const { return sealed_.size() + rest_; }
  [[nodiscard]] std::uint64_t unsealed() const { return rest_; }
  [[nodiscard]] const std::optional<SignedHead>& newest() const { return newest_; }
  /// The newest head that is that of a tree: what can be gone on from.
  [[nodiscard]] const std::optional<Batch>& last_sound() const { return last_sound_; }
  /// Whether a present key signed any head.
  [[nodiscard]] bool knows_some_head() const { return knows_some_head_; }
  /// Lines of the queue that do not stay.
  [[nodiscard]] const std::vector<log_store::Positions>& lines() const { return lines_; }
  /// Of SHA256SUMS, hexadecimal.
  [[nodiscard]] const std::string& sha256() const { return sha256_; }

 private:
  net::awaitable<void> keep_all();
  net::awaitable<void> keep_batches(KeptFile& log, KeptFile& heads);
  net::awaitable<void> keep_batch(KeptFile& log, const Batch& batch);
  void note_head(const Batch& batch);
  net::awaitable<void> read_queue();
  [[nodiscard]] bool stays(const log_store::Waiting& line) const;
  net::awaitable<void> keep_rest(KeptFile& rest);
  void keep_row(KeptFile& rest, const db::Row& row);

  Parts parts_;
  std::filesystem::path folder_;
  std::vector<IdBytes> sealed_;  // rows of batches, sorted once all are known
  std::set<IdBytes> staying_;
  std::uint64_t rest_ = 0;
  std::optional<SignedHead> newest_;
  std::optional<Batch> last_sound_;
  bool knows_some_head_ = false;
  std::vector<log_store::Positions> lines_;
  std::string sha256_;
};

}  // namespace secureauth::audit
