#pragma once

#include "telemetry/exposition.hpp"

namespace secureauth::app {

/// What the system says of this process, by the names that every Prometheus client gives them. Cheap enough for each
/// scrape; never on an io thread, for it lists the open files.
void expose_process(telemetry::Exposition& to);

}  // namespace secureauth::app
