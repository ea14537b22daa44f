#include "db/migrations.hpp"

#include "db/migration_files.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace secureauth::db {
namespace {

constexpr std::string_view kTable = "schema_migrations";

constexpr std::string_view kCreateTable = R"sql(
  CREATE TABLE schema_migrations (
    version    integer     NOT NULL PRIMARY KEY,
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL
  ))sql";

constexpr Statement kApplied{
    R"sql(SELECT version, name, checksum, applied_at FROM schema_migrations ORDER BY version)sql"};

constexpr Statement kRecord{
    R"sql(INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4))sql"};

constexpr Statement kForget{R"sql(DELETE FROM schema_migrations WHERE version = $1)sql"};

// Migration 10 makes it. A table of its own: the other one is older than all of them.
constexpr std::string_view kCompatibleTable = "compatible_migrations";
constexpr Statement kCompatible{"SELECT version, tolerates FROM compatible_migrations"};
constexpr Statement kRecordCompatible{"INSERT INTO compatible_migrations (version, tolerates) VALUES ($1, $2)"};
constexpr Statement kForgetCompatible{"DELETE FROM compatible_migrations WHERE version = $1"};

// Says which migration failed; the lock's transaction then takes everything back.
void run_named(MigrationBackend& backend, const Migration& migration, std::string_view script) {
  try {
    backend.run_script(script);
  } catch (const DatabaseError& error) {
    throw DatabaseError("migration " + migration.label() + " failed and was rolled back: " + error.what());
  }
}

}  // namespace

Migrations::Migrations(MigrationBackend& backend, std::vector<Migration> known, const Clock& clock)
    : backend_(backend), known_(std::move(known)), clock_(clock) {}

std::vector<AppliedMigration> Migrations::applied() {
  std::vector<AppliedMigration> result;
  if (!backend_.has_table(kTable)) return result;
  for (const auto& row : backend_.execute(kApplied, Params())) {
    result.push_back({static_cast<int>(row.integer(0)), row.text(1), row.text(2), row.time(3)});
  }
  if (!backend_.has_table(kCompatibleTable)) return result;
  const int own = known_.empty() ? 0 : known_.back().version;
  for (const auto& row : backend_.execute(kCompatible, Params())) {
    const auto same = std::ranges::find(result, static_cast<int>(row.integer(0)), &AppliedMigration::version);
    if (same != result.end()) same->is_compatible = own >= row.integer(1);
  }
  return result;
}

std::vector<AppliedMigration> Migrations::verified() {
  auto found = applied();
  for (std::size_t i = 0; i < found.size(); ++i) {
    const bool is_known = std::ranges::find(known_, found[i].version, &Migration::version) != known_.end();
    const bool may_be_unknown = i >= known_.size() && found[i].is_compatible;
    if (!is_known && may_be_unknown) continue;
    if (!is_known) {
      throw MigrationRefused(
          "the database has migration " + found[i].label() + ", which this version of secureauth does not know" +
          (found[i].is_compatible ? "" : " and which needs a newer one") + ": use the version that applied it");
    }
    if (known_[i].version != found[i].version) {
      throw MigrationRefused("the database has migration " + found[i].label() + " without " + known_[i].label() +
                             " before it");
    }
    if (known_[i].checksum != found[i].checksum) {
      throw MigrationRefused("migration " + found[i].label() + " was edited after it was applied to this database " +
                             "(its checksum differs)");
    }
  }
  return found;
}

void Migrations::record(const Migration& applied) {
  backend_.execute(kRecord, Params{applied.version, applied.name, applied.checksum, clock_.now()});
  if (!applied.is_compatible || !backend_.has_table(kCompatibleTable)) return;
  backend_.execute(kRecordCompatible, Params{applied.version, oldest_tolerated(applied)});
}

void Migrations::require_known(int target) const {
  if (target == 0) return;
  const bool is_known =
      std::any_of(known_.begin(), known_.end(), [&](const Migration& known) { return known.version == target; });
  if (!is_known) throw MigrationRefused("there is no migration " + std::to_string(target));
}

std::optional<Migration> Migrations::apply_next(int target, std::size_t& reached) {
  std::optional<Migration> done;
  backend_.exclusively([&] {
    const auto count = verified().size();
    if (count < reached) throw MigrationRefused("somebody takes migrations back at the same time: run one of the two");
    reached = count;
    if (count >= known_.size() || known_[count].version > target) return;
    const auto& next = known_[count];
    if (!backend_.has_table(kTable)) backend_.run_script(kCreateTable);
    run_named(backend_, next, next.up);
    record(next);
    ++reached;
    done = next;
  });
  return done;
}

std::optional<Migration> Migrations::take_back_last(int target, std::size_t& reached) {
  std::optional<Migration> done;
  backend_.exclusively([&] {
    const auto count = verified().size();
    if (count > reached) throw MigrationRefused("somebody applies migrations at the same time: run one of the two");
    reached = count;
    require_none_ahead();
    if (count == 0 || known_[count - 1].version <= target) return;
    const auto& last = known_[count - 1];
    run_named(backend_, last, last.down);
    backend_.execute(kForget, Params{last.version});
    if (backend_.has_table(kCompatibleTable)) backend_.execute(kForgetCompatible, Params{last.version});
    --reached;
    done = last;
  });
  return done;
}

std::vector<Migration> Migrations::upgrade(std::optional<int> target) {
  const int newest = known_.empty() ? 0 : known_.back().version;
  if (target) require_known(*target);
  const auto already = verified();
  if (target && !already.empty() && already.back().version > *target) {
    throw MigrationRefused("the database is at " + already.back().label() + " already: use `migrate downgrade " +
                           std::to_string(*target) + "` to go back");
  }
  std::vector<Migration> done;
  auto reached = already.size();
  while (auto next = apply_next(target.value_or(newest), reached)) done.push_back(*std::move(next));
  return done;
}

std::vector<Migration> Migrations::downgrade(int target) {
  require_known(target);
  require_none_ahead();
  const auto already = verified();
  const int newest = already.empty() ? 0 : already.back().version;
  if (target > newest) {
    throw MigrationRefused("migration " + std::to_string(target) + " is not applied: there is nothing to take back");
  }
  std::vector<Migration> done;
  auto reached = already.size();
  while (auto last = take_back_last(target, reached)) done.push_back(*std::move(last));
  return done;
}

std::optional<AppliedMigration> Migrations::current() {
  auto found = applied();
  if (found.empty()) return std::nullopt;
  return std::move(found.back());
}

std::vector<Migrations::Entry> Migrations::history() {
  const auto found = verified();
  std::vector<Entry> result;
  for (std::size_t i = 0; i < known_.size(); ++i) {
    result.push_back({known_[i], std::nullopt});
    if (i < found.size()) result.back().applied_at = found[i].applied_at;
  }
  return result;
}

std::vector<Migration> Migrations::pending() {
  const auto count = std::min(verified().size(), known_.size());
  return {known_.begin() + static_cast<std::ptrdiff_t>(count), known_.end()};
}

std::vector<AppliedMigration> Migrations::ahead() {
  auto found = verified();
  const auto count = static_cast<std::ptrdiff_t>(std::min(found.size(), known_.size()));
  return {found.begin() + count, found.end()};
}

void Migrations::require_none_ahead() {
  const auto unknown = ahead();
  if (unknown.empty()) return;
  throw MigrationRefused("the database has migration " + unknown.front().label() +
                         ", which this version of secureauth cannot take back: use the version that applied it");
}

std::vector<std::string> Migrations::differences() {
  const auto count = verified().size();
  if (count == 0 || count > known_.size()) return {};  // what unknown ones make nobody here can tell
  const auto there = backend_.describe();
  const auto expected = backend_.describe_after([&](MigrationBackend& scratch) {
    scratch.run_script(kCreateTable);
    for (std::size_t i = 0; i < count; ++i) scratch.run_script(known_[i].up);
  });
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::ranges::set_difference(expected, there, std::back_inserter(missing));
  std::ranges::set_difference(there, expected, std::back_inserter(unexpected));
  std::vector<std::string> lines;
  for (const auto& line : missing) lines.push_back("missing: " + line);
  for (const auto& line : unexpected) lines.push_back("unexpected: " + line);
  return lines;
}

}  // namespace secureauth::db
