#pragma once

#include "audit/audit_log.hpp"
#include "audit/former_log.hpp"
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

namespace secureauth::audit {

/// The way on for a log whose key is lost: all of it moves into a folder (former_log.hpp), and the log goes on under
/// the present key behind the former tree. That tree's size and root stay, in an anchor as after a pruning, so entries
/// keep their numbers and receivers their places; what the present key cannot vouch for it does not: the entry
/// audit.begun_anew, sealed right behind, says that the head was nobody's to check, and what was kept of it. For the
/// command line, while no instance runs; needs a role that may delete from `audit_logs` and `audit_heads`.
class NewBeginning {
 public:
  struct Parts {
    db::Database& database;
    const AuditKeys& keys;
    const HeadVerifier& heads;
    const AuditLog& audit;
    const Clock& clock;
  };
  explicit NewBeginning(const Parts& parts) : parts_(parts) {}

  struct Done {
    SignedHead former;
    std::optional<SignedHead> anchor;  ///< none: the log begins at entry 0, for no head was that of a tree
    std::uint64_t entries = 0;         ///< that were moved
    std::string sha256;                ///< of SHA256SUMS in the folder, hexadecimal
    bool knows_some_head = false;      ///< a present key signed heads before the newest
  };
  /// Fails with conflict and a sentence: nothing is sealed, a present key knows the newest head (then nothing is lost),
  /// or somebody wrote to the log meanwhile. `reason` goes into the log.
  net::awaitable<Result<Done>> operator()(std::filesystem::path folder, std::string reason, Operator by) const;

 private:
  net::awaitable<Result<Done>> begin(const FormerLog& former, std::string reason, Operator by) const;

  Parts parts_;
};

}  // namespace secureauth::audit
