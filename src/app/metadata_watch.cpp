#include "app/metadata_watch.hpp"

#include "telemetry/log.hpp"

#include <string>

namespace secureauth::app {
namespace {

constexpr auto kWarnEvery = std::chrono::days(1);

}  // namespace

void MetadataWatch::look() {
  const bool changed = file_.refresh();
  if (changed || !has_told_) {
    const auto metadata = file_.current();
    telemetry::log(telemetry::Level::info, "authenticator metadata read",
                   {{"number", metadata->number()}, {"next_update", to_rfc3339(metadata->next_update())}});
    has_told_ = true;
    warned_at_.reset();
  }
  warn_of_staleness();
}

void MetadataWatch::warn_of_staleness() {
  const auto now = clock_.now();
  if (warned_at_ && now < *warned_at_ + kWarnEvery) return;
  const auto staleness = file_.staleness();
  if (!staleness) return;
  warned_at_ = now;
  telemetry::log(telemetry::Level::warning, "authenticator metadata are stale: webauthn metadata update",
                 {{"cause", *staleness}});
}

}  // namespace secureauth::app
