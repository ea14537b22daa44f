#pragma once

#include "core/clock.hpp"
#include "mfa/webauthn/certificate.hpp"

#include <optional>
#include <span>
#include <string>

namespace secureauth::webauthn {

/// Why a chain does not lead from the first certificate of `path`, by way of the others as far as needed, to one of
/// `anchors`; nothing when it does. An anchor is a root, an intermediate authority, or the first certificate itself.
/// Every link is valid at `now`, may issue what it issued (CA flag, path length, key usage, name constraints), and
/// nothing is signed over SHA-1. No other trust store is asked. With `host`, the first certificate must be that host's.
/// Source: RFC 5280 §6; WebAuthn Level 3 §7.1 step 24.
[[nodiscard]] std::optional<std::string> chain_fault(std::span<const Certificate> path,
                                                     std::span<const Certificate> anchors, Timestamp now,
                                                     const std::string& host = {});

}  // namespace secureauth::webauthn
