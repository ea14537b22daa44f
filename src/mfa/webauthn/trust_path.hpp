#pragma once

#include "core/clock.hpp"
#include "mfa/webauthn/certificate.hpp"

#include <boost/system/result.hpp>

#include <span>
#include <string>
#include <vector>

namespace secureauth::webauthn {

/// The chain that leads from the first certificate of `path`, by way of the others as far as needed, to one of
/// `anchors`, both ends included; or why there is none. An anchor is a root, an intermediate authority, or the first
/// certificate itself. Every link is valid at `now`, may issue what it issued (CA flag, path length, key usage, name
/// constraints), and nothing is signed over SHA-1. No other trust store is asked. With `host`, the first certificate
/// must be that host's, and no link may be restricted to other uses than a TLS server's. Source: RFC 5280 §6; WebAuthn
/// Level 3 §7.1 step 24.
[[nodiscard]] boost::system::result<std::vector<Certificate>, std::string> verified_chain(
    std::span<const Certificate> path, std::span<const Certificate> anchors, Timestamp now,
    const std::string& host = {});

}  // namespace secureauth::webauthn
