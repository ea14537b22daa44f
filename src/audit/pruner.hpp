#pragma once

#include "audit/audit_log.hpp"
#include "audit/log_store.hpp"
#include "audit/operator.hpp"
#include "audit/signed_head.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace secureauth::audit {

/// Takes the oldest entries of the log out of the database into a file, whole batches (segment.hpp), and leaves the
/// head that they end with as the anchor of what stays. What is exported is verified first. For the command line; needs
/// a role that may delete from `audit_logs` and `audit_heads`, which the service's need not.
class Pruner {
 public:
  struct Parts {
    db::Database& database;
    const HeadVerifier& heads;
    const AuditLog& audit;
  };
  explicit Pruner(const Parts& parts) : parts_(parts) {}

  struct Pruned {
    std::uint64_t first_entry = 0;
    std::uint64_t tree_size = 0;  ///< behind the last pruned entry
    std::string sha256;           ///< of the file, hexadecimal
  };
  struct Done {
    std::optional<Pruned> pruned;                      ///< none: there was nothing
    std::optional<log_store::Undelivered> waited_for;  ///< the receiver that it stopped for
  };
  /// Batches that were sealed before `before`, save the newest one and what a receiver of events still waits for. Fails
  /// with conflict and a sentence: the file exists, a batch is not as it was sealed, or another pruning took it. It
  /// records audit.pruned, then deletes a batch a transaction: cut off half-way, the log stays verifiable.
  net::awaitable<Result<Done>> operator()(Timestamp before, std::filesystem::path file, Operator by) const;

 private:
  struct Plan {
    std::optional<Batch> anchor;    ///< what the log begins behind now
    std::vector<SignedHead> heads;  ///< of the batches to go
    std::uint64_t first_entry = 0;
    std::optional<log_store::Undelivered> waited_for;
  };
  net::awaitable<Plan> plan(Timestamp before) const;
  net::awaitable<Result<std::string>> write(const Plan& plan, const std::filesystem::path& file) const;
  net::awaitable<Result<std::string>> lines_of(Batch batch) const;
  net::awaitable<Result<void>> remove_all(const Plan& plan, const std::filesystem::path& file, Entry record) const;
  /// `record` is written with it, if there is one.
  net::awaitable<Result<void>> remove(const SignedHead& head, std::optional<Entry> record) const;

  Parts parts_;
};

}  // namespace secureauth::audit
