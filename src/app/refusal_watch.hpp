#pragma once

#include "audit/address_digest.hpp"
#include "audit/refusals.hpp"
#include "http/dispatcher.hpp"

#include <string>

namespace secureauth::app {

/// Hears of the requests that routes refuse and notes those that the audit log is to tell of: of a request that nobody
/// in good faith makes again and again, or that somebody makes in another's name. What is refused for its form, or by a
/// use case that records it itself, is not noted here. Thread-safe.
class RefusalWatch {
 public:
  /// `session_cookie`: its name. Outlived by what it is given.
  RefusalWatch(audit::Refusals& refusals, const audit::AddressDigest& digest, std::string session_cookie)
      : refusals_(refusals), digest_(digest), session_cookie_(std::move(session_cookie)) {}

  void heard(const http::Dispatcher::Refusal& refusal) const;

 private:
  [[nodiscard]] bool is_noted(const http::Dispatcher::Refusal& refusal) const;

  audit::Refusals& refusals_;
  const audit::AddressDigest& digest_;
  std::string session_cookie_;
};

}  // namespace secureauth::app
