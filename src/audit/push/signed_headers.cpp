#include "audit/push/signed_headers.hpp"

#include "crypto/encoding.hpp"
#include "crypto/plain_hmac.hpp"

#include <sodium.h>

#include <chrono>

namespace secureauth::audit {

std::optional<crypto::SecretBytes> webhook_secret(std::string_view text) {
  constexpr std::string_view kPrefix = "whsec_";
  constexpr std::size_t kLeast = 24;
  constexpr std::size_t kMost = 64;
  if (!text.starts_with(kPrefix)) return std::nullopt;
  auto bytes = crypto::base64_decode(text.substr(kPrefix.size()));
  if (!bytes || bytes->size() < kLeast || bytes->size() > kMost) return std::nullopt;
  crypto::SecretBytes key{std::span<const std::byte>(*bytes)};
  sodium_memzero(bytes->data(), bytes->size());
  return key;
}

std::vector<std::string> signed_headers(const SigningSecrets& secrets, std::string_view id, Timestamp now,
                                        std::string_view body) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const auto timestamp = std::to_string(seconds);
  std::string content(id);
  content.append(".").append(timestamp).append(".").append(body);
  std::string signatures;
  for (const auto& key : secrets) {
    if (!signatures.empty()) signatures.push_back(' ');
    signatures += "v1," + crypto::base64_encode(crypto::plain_hmac_sha256(key, content));
  }
  return {"webhook-id: " + std::string(id), "webhook-timestamp: " + timestamp, "webhook-signature: " + signatures};
}

}  // namespace secureauth::audit
