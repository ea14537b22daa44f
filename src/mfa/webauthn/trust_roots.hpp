#pragma once

#include "mfa/webauthn/trust.hpp"

#include <vector>

namespace secureauth::webauthn {

/// Trusts these roots for every model of authenticators. Immutable; thread-safe.
class TrustRoots final : public TrustSource {
 public:
  explicit TrustRoots(std::vector<Certificate> roots) : roots_(std::move(roots)) {}

  [[nodiscard]] std::optional<AuthenticatorModel> find(const Aaguid&, std::span<const Certificate>) const override {
    return AuthenticatorModel{.description = {}, .roots = roots_, .fault = {}};
  }

 private:
  std::vector<Certificate> roots_;
};

}  // namespace secureauth::webauthn
