#pragma once

#include "core/temporary_output.hpp"
#include "crypto/sha256_stream.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace secureauth::audit {

/// A file, mode 0600, that a part of the log is kept in; it vanishes unless it is kept. Throws std::runtime_error.
class KeptFile {
 public:
  explicit KeptFile(const std::filesystem::path& file) : file_(file) {}
  void add(std::string_view lines);
  /// Its SHA-256, hexadecimal.
  std::string keep();

 private:
  TemporaryOutput file_;
  crypto::Sha256Stream digest_;
  std::uint64_t written_ = 0;
};

}  // namespace secureauth::audit
