#pragma once

#include "db/migrations.hpp"
#include "settings/config.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace secureauth::app {

/// Records that migrations were applied or taken back, where any were and the schema that this left, `now`, has an
/// audit log to write to. A failure is a line of the log.
void record_migration(const settings::Config& config, std::string_view direction,
                      const std::vector<db::Migration>& done, const std::optional<db::AppliedMigration>& now);

}  // namespace secureauth::app
