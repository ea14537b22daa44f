#pragma once

#include "audit/push/push_settings.hpp"
#include "core/clock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::audit {

/// A secret of the form `whsec_` and base64 of 24 to 64 bytes; nothing where it is none.
/// Source: Standard Webhooks, "Signature scheme".
[[nodiscard]] std::optional<crypto::SecretBytes> webhook_secret(std::string_view text);

/// The headers webhook-id, webhook-timestamp and webhook-signature of a request, by which a receiver knows that the
/// body is this service's, and how old: `v1,` and base64 of HMAC-SHA-256 over `id.timestamp.body`, one a secret.
[[nodiscard]] std::vector<std::string> signed_headers(const SigningSecrets& secrets, std::string_view id, Timestamp now,
                                                      std::string_view body);

}  // namespace secureauth::audit
