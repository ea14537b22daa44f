#pragma once

#include "settings/config.hpp"

#include <cstddef>

namespace secureauth::process {

/// Raises this process's soft limit of open files, often 1024, to its hard one; returns that.
std::size_t raise_file_limit();

/// How many client connections may be open where so many files may be, with room left for the stores, mail, files and
/// the network threads' own: at most HTTP_MAX_CONNECTIONS. Throws std::runtime_error where next to none would be.
[[nodiscard]] std::size_t connections_within(std::size_t open_files, const settings::Config& config);

}  // namespace secureauth::process
