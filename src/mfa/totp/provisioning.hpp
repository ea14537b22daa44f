#pragma once

#include "crypto/secret_bytes.hpp"
#include "mfa/totp/totp_parameters.hpp"

#include <string>
#include <string_view>

namespace secureauth::mfa {

/// How a TOTP secret gets into an authenticator app.

/// The secret for people to type: Base32 (RFC 4648 §6) without padding.
[[nodiscard]] std::string totp_secret_text(const crypto::SecretBytes& secret);

/// `otpauth://totp/ISSUER:ACCOUNT?secret=…&issuer=…&algorithm=…&digits=…&period=…`, everything but unreserved
/// characters percent-encoded, so that no name can end its part of the URI or add another.
/// Source: Google Authenticator's key URI format; RFC 3986 §2.3.
[[nodiscard]] std::string totp_uri(std::string_view issuer, std::string_view account, std::string_view secret_text,
                                   const TotpParameters& parameters);

}  // namespace secureauth::mfa
