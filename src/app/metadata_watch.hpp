#pragma once

#include "core/clock.hpp"
#include "mfa/webauthn/metadata_file.hpp"

#include <optional>

namespace secureauth::app {

/// Keeps what is known of authenticators fresh, and tells the operator. For one thread at a time.
class MetadataWatch {
 public:
  MetadataWatch(webauthn::MetadataFile& file, const Clock& clock) : file_(file), clock_(clock) {}

  /// Takes over a file that has changed. Writes a line to the log the first time and after each change, and a warning
  /// that time and once a day while the list is stale. Throws and blocks as MetadataFile::refresh() does.
  void look();

 private:
  void warn_of_staleness();

  webauthn::MetadataFile& file_;
  const Clock& clock_;
  bool has_told_ = false;
  std::optional<Timestamp> warned_at_;
};

}  // namespace secureauth::app
