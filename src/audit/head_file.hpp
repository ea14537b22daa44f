#pragma once

#include "audit/signed_head.hpp"

#include <filesystem>
#include <optional>

namespace secureauth::audit {

/// The newest head of the log outside of the database, one JSON line: what tells that the whole database was rolled
/// back. Anybody may read it.
class HeadFile {
 public:
  /// Empty: there is none.
  explicit HeadFile(std::filesystem::path file) : file_(std::move(file)) {}

  [[nodiscard]] bool is_set() const { return !file_.empty(); }
  /// Nothing where there is no file yet. Throws std::runtime_error with a sentence for one that cannot be read, or
  /// holds no head that `verifier` accepts.
  [[nodiscard]] std::optional<SignedHead> read(const HeadVerifier& verifier) const;
  /// Replaces it, whole or not at all. Throws std::runtime_error.
  void write(const SignedHead& head) const;

 private:
  std::filesystem::path file_;
};

}  // namespace secureauth::audit
