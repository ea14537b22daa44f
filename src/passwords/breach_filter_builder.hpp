#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace secureauth::passwords {

struct BuiltFilter {
  std::uint64_t digests = 0;
  std::uint64_t bytes = 0;
  double false_positives = 0;  ///< the expected share of passwords outside the dump that are taken for inside
};

/// Makes a breach filter (breach_filter.hpp) from the dump ordered by hash (hash_dump.hpp): streams it once, in memory
/// that does not depend on its size; the output appears whole or not at all. `progress(read, size)` is told the bytes
/// of the dump now and then. Throws std::runtime_error: unreadable, unwritable, or the number of the first line that is
/// no digest or out of order.
BuiltFilter build_breach_filter(const std::filesystem::path& dump, const std::filesystem::path& output,
                                const std::function<void(std::uint64_t read, std::uint64_t size)>& progress);

}  // namespace secureauth::passwords
