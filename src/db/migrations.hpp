#pragma once

#include "core/clock.hpp"
#include "core/embedded.hpp"
#include "db/database.hpp"

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::db {

/// One step of the schema: `NNNN_name.up.sql` and `NNNN_name.down.sql`.
struct Migration {
  int version = 0;  ///< from 1
  std::string name;
  std::string_view up;
  std::string_view down;
  std::string checksum;  ///< SHA-256 of `up`, hexadecimal
  /// The version before goes on working on the schema that this makes (expand); else no older instance may run when it
  /// is applied (contract). oldest_tolerated() says what a line of `up` says of it.
  bool is_compatible = false;

  [[nodiscard]] std::string label() const;  ///< "0001_initial"
};

/// The first migration that must say which it is. Older ones count as contracts.
constexpr int kFirstThatSays = 10;

/// A migration that a database says it has.
struct AppliedMigration {
  int version = 0;
  std::string name;
  std::string checksum;
  Timestamp applied_at;
  bool is_compatible = false;  ///< with programs that know no more than this one, by its own word

  [[nodiscard]] std::string label() const;
};

/// Reads the pairs out of files, in the order of their versions; their text must live on. Throws std::logic_error for
/// a name of another form, a missing half, a version twice or one that does not say whether it is compatible: a mistake
/// of the build.
[[nodiscard]] std::vector<Migration> read_migrations(const std::vector<embedded::File>& files);

/// The database and this program do not belong together: an edited migration, an unknown one that is not compatible, or
/// a target that is none.
/// Nothing was changed. Or others work against this: then what this call did before may be undone already.
class MigrationRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the runner needs of a database; synchronous. Every function throws DatabaseError.
class MigrationBackend {
 public:
  virtual ~MigrationBackend() = default;
  /// Runs `work` in one transaction while no other process can be in here; when it throws, nothing is kept.
  virtual void exclusively(const std::function<void()>& work) = 0;
  virtual void run_script(std::string_view script) = 0;
  virtual Rows execute(Statement statement, Params params) = 0;
  virtual bool has_table(std::string_view name) = 0;
  /// What the schema consists of (tables, columns, constraints, indexes), one a line, sorted.
  virtual std::vector<std::string> describe() = 0;
  /// What describe() would say if `build` had made everything there is, from nothing. Keeps nothing of it.
  virtual std::vector<std::string> describe_after(const std::function<void(MigrationBackend&)>& build) = 0;
};

/// Moves the schema up and down, one transaction a migration, each decided under the lock by what the database says
/// then: processes that upgrade at once share the work and all succeed, and so do those that downgrade. Where some do
/// one and some the other, whoever is overtaken refuses: taking turns they would never end. A failing migration leaves
/// the schema as it was before it and throws DatabaseError naming it. A database that is ahead of this program by
/// compatible migrations alone is up to date for it; but it is not this program that can take those back.
class Migrations {
 public:
  Migrations(MigrationBackend& backend, std::vector<Migration> known, const Clock& clock);

  /// Applies what is missing, up to and including `target` (all, without one). Returns what this call applied.
  std::vector<Migration> upgrade(std::optional<int> target = std::nullopt);

  /// Takes back every migration above `target`; 0 takes back all. Returns what this call took back, newest first.
  std::vector<Migration> downgrade(int target);

  /// The newest applied migration. Also answers for a database that does not belong to this program.
  std::optional<AppliedMigration> current();

  struct Entry {
    Migration migration;
    std::optional<Timestamp> applied_at;
  };
  /// Every known migration, oldest first, and when it was applied.
  std::vector<Entry> history();

  /// What upgrade() would apply now; empty: the schema is up to date.
  std::vector<Migration> pending();

  /// What the database has beyond all that this program knows; all compatible, or this throws.
  std::vector<AppliedMigration> ahead();

  /// Where the live schema is not what its migrations make: "missing: …", "unexpected: …", a line each. Empty: it is.
  std::vector<std::string> differences();

 private:
  std::vector<AppliedMigration> applied();
  /// The applied ones, which must be the first of the known ones, unedited; behind all of these there may be unknown
  /// ones that are compatible.
  std::vector<AppliedMigration> verified();
  void record(const Migration& applied);
  /// Both refuse when others moved the other way since `reached` migrations were applied, and move it themselves.
  std::optional<Migration> apply_next(int target, std::size_t& reached);
  std::optional<Migration> take_back_last(int target, std::size_t& reached);
  void require_known(int target) const;
  void require_none_ahead();

  MigrationBackend& backend_;
  std::vector<Migration> known_;
  const Clock& clock_;
};

}  // namespace secureauth::db
