#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace secureauth::audit {

/// What is wrong with the log, and where.
struct Finding {
  std::string kind;                             ///< for programs: `removed`, `altered`, `inserted`, …; docs/audit.md
  std::string words;                            ///< one sentence
  std::optional<std::uint64_t> entry = {};      ///< number of the entry, from 0
  std::optional<std::string> id = {};           ///< its id
  std::optional<std::uint64_t> tree_size = {};  ///< of the batch
};

}  // namespace secureauth::audit
