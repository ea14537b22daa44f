#include "crypto/digest.hpp"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <sodium.h>

#include <cstdint>
#include <memory>
#include <stdexcept>

namespace secureauth::crypto {
namespace {

const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw_out(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace

// libsodium's one-shot form: OpenSSL 3 pays several hundred nanoseconds to fetch an algorithm, and every request
// hashes.
Sha256 sha256(std::span<const std::byte> data) {
  Sha256 out;
  crypto_hash_sha256(raw_out(out), raw(data), data.size());
  return out;
}

Sha256 hmac_sha256(const SecretBytes& key, std::initializer_list<std::string_view> parts) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, raw(key.bytes()), key.size());
  for (const auto part : parts) {
    const auto size = static_cast<std::uint64_t>(part.size());
    std::array<unsigned char, 8> length{};
    for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<unsigned char>(size >> (56 - 8 * i));
    crypto_auth_hmacsha256_update(&state, length.data(), length.size());
    crypto_auth_hmacsha256_update(&state, raw(as_bytes(part)), part.size());
  }
  Sha256 out;
  crypto_auth_hmacsha256_final(&state, raw_out(out));
  sodium_memzero(&state, sizeof state);
  return out;
}

SecretBytes derive_key(const SecretBytes& master, std::string_view label) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr),
                                                                            &EVP_PKEY_CTX_free);
  SecretBytes out(32);
  std::size_t size = out.size();
  const bool ok =
      context && EVP_PKEY_derive_init(context.get()) > 0 && EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) > 0 &&
      EVP_PKEY_CTX_set1_hkdf_key(context.get(), raw(master.bytes()), static_cast<int>(master.size())) > 0 &&
      EVP_PKEY_CTX_add1_hkdf_info(context.get(), raw(as_bytes(label)), static_cast<int>(label.size())) > 0 &&
      EVP_PKEY_derive(context.get(), raw_out(out.bytes()), &size) > 0;
  if (!ok || size != out.size()) throw std::runtime_error("HKDF failed");
  return out;
}

bool equal(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool equal(std::string_view a, std::string_view b) {
  return equal(as_bytes(a), as_bytes(b));
}

}  // namespace secureauth::crypto
