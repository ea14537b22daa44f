#pragma once

#include "audit/recorded_entry.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace secureauth::audit {

/// What became of a batch.
struct PushVerdict {
  std::size_t accepted = 0;  ///< so many of the first ones were confirmed
  std::string failure;       ///< of the next one; empty: none. Names the receiver's answer, nothing that was sent
  std::optional<std::chrono::seconds> retry_after = {};  ///< as the receiver asked
  bool untrusted = false;                                ///< TLS came to nothing: perhaps somebody stands between
  bool stopped = false;                                  ///< by abort(): says nothing about the receiver
};

/// A receiver of audit events. Used by one thread, which it may block; abort() may be called by any.
class Sink {
 public:
  Sink() = default;
  virtual ~Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  /// Its name in `audit_deliveries`; the same over restarts.
  [[nodiscard]] virtual const std::string& name() const = 0;
  [[nodiscard]] virtual bool wants(const RecordedEntry& entry) const = 0;

  /// Sends entries, all of them wanted, in their order, and begins nothing new after the timeout of one: it returns
  /// within two.
  [[nodiscard]] virtual PushVerdict send(std::span<const RecordedEntry> entries) = 0;

  /// What is under way ends within about a second, and what comes later at once.
  virtual void abort() = 0;
};

}  // namespace secureauth::audit
