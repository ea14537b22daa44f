#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace secureauth::audit {

/// What is wrong with the log, and where.
struct Finding {
  std::string kind;                             ///< for programs: `removed`, `altered`, `inserted`, …; docs/audit.md
  std::string words;                            ///< one sentence
  std::optional<std::uint64_t> entry = {};      ///< number of the entry, from 0
  std::optional<std::string> id = {};           ///< its id
  std::optional<std::uint64_t> tree_size = {};  ///< of the batch
};

/// All that is wrong with a log: an old incident must not hide a new one. Kept are the first hundred.
class Findings {
 public:
  static constexpr std::size_t kMostKept = 100;

  void add(Finding finding) {
    ++count_;
    if (kept_.size() < kMostKept) kept_.push_back(std::move(finding));
  }
  void add(std::optional<Finding> finding) {
    if (finding) add(*std::move(finding));
  }

  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// Of all, kept or not.
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const std::vector<Finding>& kept() const { return kept_; }

 private:
  std::vector<Finding> kept_;
  std::uint64_t count_ = 0;
};

}  // namespace secureauth::audit
