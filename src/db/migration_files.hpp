#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::db {

struct Migration;

/// The oldest version of the schema whose programs go on working on what this one makes: its own where it is a
/// contract; else the version before it (`-- compatible: previous`) or the one that it names (`-- compatible: 0009`).
/// Throws std::logic_error when its head says neither and must.
[[nodiscard]] int oldest_tolerated(const Migration& migration);

/// `0001_initial.up.sql`, taken apart.
struct MigrationFileName {
  int version = 0;
  std::string name;  ///< lower-case letters, digits, `_`
  bool is_up = false;
};

/// Nothing for a name of another form.
[[nodiscard]] std::optional<MigrationFileName> parse_migration_file_name(std::string_view file);

/// "0001_initial".
[[nodiscard]] std::string migration_label(int version, std::string_view name);

struct NewRevision {
  std::filesystem::path up;
  std::filesystem::path down;
};

/// Makes the next numbered pair of files in `folder`, named after `message`. `contract`: why no older instance may run
/// when it is applied; empty: it is compatible with the version before. Never overwrites. Throws MigrationRefused when
/// there is no such folder, the message holds no letter or digit, or a file cannot be made.
NewRevision create_revision(const std::filesystem::path& folder, std::string_view message, std::string_view contract);

}  // namespace secureauth::db
