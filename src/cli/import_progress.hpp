#pragma once

#include "admin/user_import.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace secureauth::cli {

/// Shows on standard error how far an import is: a bar that is redrawn where that is a terminal, a line every ten
/// seconds elsewhere.
class ImportProgress {
 public:
  /// `total_bytes`: of the file, where that is known.
  explicit ImportProgress(std::optional<std::uint64_t> total_bytes);

  void show(const admin::UserImport::Counts& counts);
  /// Removes the bar, so that other text can be written.
  void clear();

  [[nodiscard]] double seconds() const;

 private:
  using Moment = std::chrono::steady_clock::time_point;
  void draw(const admin::UserImport::Counts& counts);

  const std::optional<std::uint64_t> total_;
  const bool terminal_;
  const Moment began_;
  Moment shown_;
  bool drawn_ = false;
};

}  // namespace secureauth::cli
