#include "app/schema_record.hpp"

#include "admin/command_line.hpp"
#include "app/record_store.hpp"
#include "audit/audit_log.hpp"
#include "audit/known_key.hpp"
#include "core/run_to_end.hpp"
#include "telemetry/log.hpp"

#include <utility>

namespace secureauth::app {

constexpr int kSealedAuditLog = 7;  // the migration since which entries are written as they are today

void record_migration(const settings::Config& config, std::string_view direction,
                      const std::vector<db::Migration>& done, const std::optional<db::AppliedMigration>& now) {
  if (done.empty() || !now || now->version < kSealedAuditLog) return;
  boost::json::array labels;
  for (const auto& migration : done) labels.emplace_back(migration.label());
  audit::Entry entry{.event = audit::Event::schema_migrated,
                     .client = admin::command_line(),
                     .details = {{"direction", direction}, {"migrations", std::move(labels)}}};
  try {
    const SystemClock clock;
    crypto::SystemRandom random;
    const audit::AuditKeys keys(crypto::RotatingKey(config.audit_key.clone()));
    const audit::AuditLog log(clock, random, keys);
    const auto database = open_record_store(config);
    run_to_end(audit::check_key_is_known(*database, audit::HeadVerifier(keys)));
    run_to_end(log.record_alone(*database, std::move(entry)));
  } catch (const std::exception& error) {
    telemetry::log(telemetry::Level::warning, "the change of the schema was not recorded", {{"cause", error.what()}});
  }
}

}  // namespace secureauth::app
