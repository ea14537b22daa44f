#pragma once

#include "telemetry/exposition.hpp"

namespace secureauth::telemetry {

/// What the system says of this process, by the names that every Prometheus client gives them. Cheap enough for each
/// scrape, though it lists the open files.
void expose_process(Exposition& to);

}  // namespace secureauth::telemetry
