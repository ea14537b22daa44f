#pragma once

#include "audit/chain_check.hpp"
#include "audit/finding.hpp"
#include "audit/row_check.hpp"
#include "audit/signed_head.hpp"
#include "core/clock.hpp"
#include "core/net.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace secureauth::audit {

/// Recomputes the whole log: first the tree from the leaves of all batches, then every row against its leaf. In memory
/// is a page or two, however large the log. The service may run meanwhile. For the command line: it checks a page on
/// threads of its own while the next one is fetched, and blocks its own thread for that.
class Verifier {
 public:
  struct Parts {
    db::Database& database;
    const AuditKeys& keys;
    const HeadVerifier& heads;
    const Clock& clock;
  };
  explicit Verifier(const Parts& parts) : parts_(parts) {}

  struct Report {
    Findings findings;               ///< none: the log is whole
    std::uint64_t sealed = 0;        ///< rows that are as they were sealed
    std::uint64_t pruned = 0;        ///< entries before them, exported and deleted
    std::uint64_t pending = 0;       ///< entries that wait to be sealed, no longer than a minute
    std::uint64_t without_mac = 0;   ///< sealed entries that are older than MACs are
    std::uint64_t unknown_keys = 0;  ///< sealed entries whose MACs no key of the settings can check
    std::optional<SignedHead> newest;
    std::vector<std::string> noticed;     ///< ids of the entries in which the service recorded tampering, some
    std::vector<std::string> begun_anew;  ///< of those that say that the log began anew under another key, some
    std::vector<std::string> set_aside;   ///< of those that say that unsealed entries were set aside, some
  };
  /// `published`: heads that the log must go on from, their signatures checked. Throws db::DatabaseError, and
  /// std::runtime_error where the log was pruned meanwhile.
  net::awaitable<Report> operator()(std::vector<SignedHead> published) const;

 private:
  struct Run;
  using UnsealedRows = std::map<std::string, RowCheck::Unsealed>;
  net::awaitable<void> verify(Run& run) const;
  net::awaitable<void> check_chain(Run& run) const;
  net::awaitable<void> check_rows(Run& run) const;
  net::awaitable<std::vector<Batch>> batches_up_to(Run& run, std::string last_id) const;
  net::awaitable<void> settle_unsealed(Run& run) const;
  /// Which of the rows wait to be sealed.
  net::awaitable<std::set<std::string>> read_queue(Run& run, const UnsealedRows& rows) const;
  net::awaitable<void> take_newly_sealed(Run& run, UnsealedRows& rows) const;
  static void take_sealed(Run& run, const Batch& batch, UnsealedRows& rows);
  void judge_unsealed(Run& run, const UnsealedRows& rows, const std::set<std::string>& queued) const;
  [[nodiscard]] static std::optional<Finding> judge(const RowCheck::Unsealed& row, const std::string& id, bool queued,
                                                    bool macs_began, Timestamp due);
  static void finish(Run& run);

  Parts parts_;
};

}  // namespace secureauth::audit
