#include "passwords/legacy_kdf.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "passwords/hash_reader.hpp"
#include "passwords/phc.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>

namespace secureauth::passwords {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::uint64_t kScryptBlocks = std::uint64_t{16} * 1024 * 1024;  // 128 × r × p, beside the memory proper

Bytes bytes_of(std::string_view text) {
  const auto view = crypto::as_bytes(text);
  return {view.begin(), view.end()};
}

Bytes or_nothing(std::optional<Bytes> decoded) {
  return std::move(decoded).value_or(Bytes{});
}

const unsigned char* raw(const Bytes& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// RFC 8018 §5.2.
struct Pbkdf2 {
  const EVP_MD* digest = nullptr;
  std::uint32_t iterations = 0;
  Bytes salt;
  Bytes expected;  ///< exactly one block: more would be the attacker's shortcut, not his cost

  bool operator()(std::string_view password) const {
    crypto::SecretBytes derived(expected.size());
    auto* out = reinterpret_cast<unsigned char*>(derived.bytes().data());
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), raw(salt), static_cast<int>(salt.size()),
                          static_cast<int>(iterations), digest, static_cast<int>(derived.size()), out) != 1) {
      throw std::runtime_error("PBKDF2 failed");
    }
    return crypto::equal(derived.bytes(), expected);
  }
};

/// RFC 7914.
struct Scrypt {
  std::uint64_t n = 0;  ///< a power of two
  std::uint64_t r = 0;
  std::uint64_t p = 0;
  Bytes salt;
  Bytes expected;

  [[nodiscard]] std::uint64_t memory() const { return 128 * n * r; }

  bool operator()(std::string_view password) const {
    crypto::SecretBytes derived(expected.size());
    auto* out = reinterpret_cast<unsigned char*>(derived.bytes().data());
    if (EVP_PBE_scrypt(password.data(), password.size(), raw(salt), salt.size(), n, r, p,
                       legacy_caps::kMemoryBytes + 2 * kScryptBlocks, out, derived.size()) != 1) {
      throw std::bad_alloc();  // the parameters were checked
    }
    return crypto::equal(derived.bytes(), expected);
  }
};

Result<LegacyVerifier> checked(const HashReader& reader, Pbkdf2 hash) {
  const auto size = static_cast<std::size_t>(EVP_MD_get_size(hash.digest));
  if (!reader.done() || hash.expected.size() != size) return malformed_hash("PBKDF2");
  if (hash.iterations > legacy_caps::kPbkdf2Iterations) return costly_hash("PBKDF2");
  return LegacyVerifier(std::move(hash));
}

/// `size`: how many bytes the writer always derives.
Result<LegacyVerifier> checked(const HashReader& reader, Scrypt hash, std::size_t size) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 20;  // of any parameter: no product of them overflows
  const bool power_of_two = hash.n > 1 && (hash.n & (hash.n - 1)) == 0;
  if (!reader.done() || !power_of_two || hash.expected.size() != size) return malformed_hash("scrypt");
  if (std::max({hash.n, hash.r, hash.p}) > kMost || hash.memory() > legacy_caps::kMemoryBytes ||
      hash.memory() * hash.p > legacy_caps::kScryptBytes || 128 * hash.r * hash.p > kScryptBlocks) {
    return costly_hash("scrypt");
  }
  return LegacyVerifier(std::move(hash));
}

}  // namespace

Result<LegacyVerifier> read_django_pbkdf2(std::string_view stored) {
  Pbkdf2 hash;
  HashReader reader(stored);
  hash.digest = reader.field() == "pbkdf2_sha1" ? EVP_sha1() : EVP_sha256();
  hash.iterations = reader.number();
  reader.literal("$");
  hash.salt = bytes_of(reader.field());
  hash.expected = or_nothing(crypto::base64_decode(reader.rest()));
  return checked(reader, std::move(hash));
}

Result<LegacyVerifier> read_passlib_pbkdf2(std::string_view stored) {
  const auto decoded = [](std::string_view text) {
    std::string usual(text);
    std::ranges::replace(usual, '.', '+');
    return or_nothing(phc_base64_decode(usual));
  };
  Pbkdf2 hash;
  HashReader reader(stored);
  reader.literal("$");
  const auto name = reader.field();
  hash.digest = name == "pbkdf2" ? EVP_sha1() : name == "pbkdf2-sha256" ? EVP_sha256() : EVP_sha512();
  hash.iterations = reader.number();
  reader.literal("$");
  hash.salt = decoded(reader.field());
  hash.expected = decoded(reader.rest());
  return checked(reader, std::move(hash));
}

Result<LegacyVerifier> read_django_scrypt(std::string_view stored) {
  Scrypt hash;
  HashReader reader(stored);
  reader.literal("scrypt$");
  hash.n = reader.number();
  reader.literal("$");
  hash.salt = bytes_of(reader.field());
  hash.r = reader.number();
  reader.literal("$");
  hash.p = reader.number();
  reader.literal("$");
  hash.expected = or_nothing(crypto::base64_decode(reader.rest()));
  return checked(reader, std::move(hash), 64);
}

Result<LegacyVerifier> read_passlib_scrypt(std::string_view stored) {
  Scrypt hash;
  HashReader reader(stored);
  reader.literal("$scrypt$ln=");
  const auto log2_n = reader.number();
  reader.require(log2_n < 32);
  if (log2_n < 32) hash.n = std::uint64_t{1} << log2_n;
  reader.literal(",r=");
  hash.r = reader.number();
  reader.literal(",p=");
  hash.p = reader.number();
  reader.literal("$");
  hash.salt = or_nothing(phc_base64_decode(reader.field()));
  hash.expected = or_nothing(phc_base64_decode(reader.rest()));
  return checked(reader, std::move(hash), 32);
}

}  // namespace secureauth::passwords
