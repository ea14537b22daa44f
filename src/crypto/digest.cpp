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

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

void require(int success) {
  if (success != 1) throw std::runtime_error("SHA-256 failed");
}

const EVP_MD* algorithm() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> fetched(EVP_MD_fetch(nullptr, "SHA256", nullptr),
                                                                       &EVP_MD_free);
  return fetched.get();
}

// SHA-256 on this thread's context; one at a time. OpenSSL knows the processor's own instructions, three to four times
// as fast as libsodium; but its one-shot form looks the algorithm up each time, which costs more than hashing a token.
class Hash {
 public:
  Hash() : context_(of_this_thread()) { require(EVP_DigestInit_ex2(context_, algorithm(), nullptr)); }
  void add(std::span<const std::byte> data) const { require(EVP_DigestUpdate(context_, data.data(), data.size())); }
  [[nodiscard]] Sha256 finish() const {
    Sha256 out;
    require(EVP_DigestFinal_ex(context_, raw_out(out), nullptr));
    return out;
  }

 private:
  static EVP_MD_CTX* of_this_thread() {
    thread_local const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    return context.get();
  }

  EVP_MD_CTX* context_;
};

using Block = std::array<std::byte, 64>;

// RFC 2104 §2: a key longer than a block is hashed first.
void make_pads(const SecretBytes& key, Block& inner, Block& outer) {
  inner.fill(std::byte{0x36});
  outer.fill(std::byte{0x5c});
  Sha256 shortened{};
  std::span<const std::byte> used = key.bytes();
  if (used.size() > inner.size()) {
    shortened = sha256(used);
    used = shortened;
  }
  for (std::size_t i = 0; i < used.size(); ++i) {
    inner[i] ^= used[i];
    outer[i] ^= used[i];
  }
  sodium_memzero(shortened.data(), shortened.size());
}

}  // namespace

Sha256 sha256(std::span<const std::byte> data) {
  const Hash hash;
  hash.add(data);
  return hash.finish();
}

Sha256 hmac_sha256(const SecretBytes& key, std::initializer_list<std::string_view> parts) {
  Block inner_pad;
  Block outer_pad;
  make_pads(key, inner_pad, outer_pad);
  const Hash inner;
  inner.add(inner_pad);
  for (const auto part : parts) {
    const auto size = static_cast<std::uint64_t>(part.size());
    std::array<std::byte, 8> length{};
    for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<std::byte>(size >> (56 - 8 * i));
    inner.add(length);
    inner.add(as_bytes(part));
  }
  const auto digest = inner.finish();
  const Hash outer;
  outer.add(outer_pad);
  outer.add(digest);
  sodium_memzero(inner_pad.data(), inner_pad.size());
  sodium_memzero(outer_pad.data(), outer_pad.size());
  return outer.finish();
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
