#include "crypto/signing_key.hpp"

#include "crypto/encoding.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

namespace secureauth::crypto {
namespace {

constexpr std::string_view kPrefix = "ed25519:";

const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw_out(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace

std::optional<VerifyKey> VerifyKey::parse(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  const auto decoded = base64_decode(text.substr(kPrefix.size()));
  if (!decoded || decoded->size() != std::tuple_size_v<Bytes>) return std::nullopt;
  Bytes bytes{};
  std::ranges::copy(*decoded, bytes.begin());
  return VerifyKey(bytes);
}

std::string VerifyKey::text() const {
  return std::string(kPrefix) + base64_encode(bytes_);
}

bool VerifyKey::accepts(std::span<const std::byte> message, std::span<const std::byte> signature) const {
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(raw(signature), raw(message), message.size(), raw(bytes_)) == 0;
}

SigningKey::SigningKey(const SecretBytes& seed) : secret_(crypto_sign_SECRETKEYBYTES), verify_key_(VerifyKey::Bytes{}) {
  if (seed.size() != crypto_sign_SEEDBYTES) throw std::invalid_argument("an Ed25519 key is made from 32 bytes");
  VerifyKey::Bytes bytes{};
  crypto_sign_seed_keypair(raw_out(bytes), raw_out(secret_.bytes()), raw(seed.bytes()));
  verify_key_ = VerifyKey(bytes);
}

Signature SigningKey::sign(std::span<const std::byte> message) const {
  Signature signature;
  crypto_sign_detached(raw_out(signature), nullptr, raw(message), message.size(), raw(secret_.bytes()));
  return signature;
}

}  // namespace secureauth::crypto
