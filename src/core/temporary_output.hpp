#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace secureauth {

/// A file beside `target` that takes its name when it is whole, and vanishes otherwise: whoever reads the target sees
/// the old one or the new one. Throws std::runtime_error with one line.
class TemporaryOutput {
 public:
  explicit TemporaryOutput(std::filesystem::path target);
  ~TemporaryOutput();
  TemporaryOutput(const TemporaryOutput&) = delete;
  TemporaryOutput& operator=(const TemporaryOutput&) = delete;

  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) const;
  /// Whom it is for; nobody else may read it before either.
  enum class Readers { all, owner };
  void keep(Readers readers = Readers::all);

 private:
  [[noreturn]] void fail(const std::string& what) const;

  std::filesystem::path target_;
  std::string path_;
  int descriptor_ = -1;
  bool kept_ = false;
};

}  // namespace secureauth
