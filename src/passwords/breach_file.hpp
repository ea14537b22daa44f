#pragma once

#include "crypto/sha1.hpp"

#include <filesystem>
#include <memory>

namespace secureauth::passwords {

/// SHA-1 digests of passwords known from breaches, in a file on this machine: nothing about a password ever leaves it.
/// Thread-safe; reads the disk, so never on an io thread.
class BreachFile {
 public:
  BreachFile() = default;
  BreachFile(const BreachFile&) = delete;
  BreachFile& operator=(const BreachFile&) = delete;
  virtual ~BreachFile() = default;

  /// Throws Unavailable when the file cannot be read or was damaged since it was opened.
  [[nodiscard]] virtual bool contains(const crypto::Sha1& digest) const = 0;
};

/// Opens the public dump "SHA-1 ordered by hash" (hash_dump.hpp) or a filter made from it (breach_filter.hpp),
/// whichever the first bytes say it is. Throws std::runtime_error with one line: unreadable, neither, or damaged.
[[nodiscard]] std::unique_ptr<BreachFile> open_breach_file(const std::filesystem::path& path);

}  // namespace secureauth::passwords
