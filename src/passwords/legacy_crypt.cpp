#include "passwords/legacy_crypt.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "passwords/hash_reader.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <crypt.h>
#include <memory>
#include <stdexcept>
#include <string>

namespace secureauth::passwords {
namespace {

constexpr std::size_t kBcryptSalt = 22;
constexpr std::size_t kBcryptDigest = 31;
constexpr std::size_t kBcryptMostBytes = 72;

struct WipedCryptData {
  crypt_data data{};
  WipedCryptData() = default;
  WipedCryptData(const WipedCryptData&) = delete;
  WipedCryptData& operator=(const WipedCryptData&) = delete;
  ~WipedCryptData() { sodium_memzero(&data, sizeof data); }
};

/// Whether crypt(3) of the password under this setting ends in the last `compared` characters of it.
bool crypt_matches(std::string_view password, const std::string& setting, std::size_t compared) {
  crypto::SecretBytes phrase(password.size() + 1);  // zero-filled: crypt(3) needs an end
  std::ranges::copy(crypto::as_bytes(password), phrase.bytes().begin());
  const auto scratch = std::make_unique<WipedCryptData>();  // 32 KiB
  const char* made = crypt_rn(reinterpret_cast<const char*>(phrase.bytes().data()), setting.c_str(), &scratch->data,
                              sizeof scratch->data);
  if (made == nullptr) return false;  // a password of more than 511 bytes
  const std::string_view result(made);
  if (result.size() != setting.size()) return false;
  const auto from = setting.size() - compared;
  return crypto::equal(result.substr(from), std::string_view(setting).substr(from));
}

LegacyVerifier by_crypt(std::string_view stored) {
  return [setting = std::string(stored)](std::string_view password) {
    return crypt_matches(password, setting, setting.size());
  };
}

struct Bcrypt {
  std::string setting;

  /// The digest alone is compared: some writers left stray bits in the salt's last digit, and crypt(3) clears them.
  bool operator()(std::string_view password) const {
    return crypt_matches(password.substr(0, kBcryptMostBytes), setting, kBcryptDigest);
  }
};

/// `variant` is 2a, 2b or 2y.
Result<Bcrypt> checked_bcrypt(HashReader& reader, std::string_view variant, unsigned cost, std::string_view salt,
                              std::string_view digest) {
  reader.require(salt.size() == kBcryptSalt && digest.size() == kBcryptDigest && is_crypt_base64(salt) &&
                 is_crypt_base64(digest) && cost >= 4 && cost <= 31);
  if (!reader.done()) return malformed_hash("bcrypt");
  if (cost > legacy_caps::kBcryptCost) return costly_hash("bcrypt");
  const std::string digits = (cost < 10 ? "0" : "") + std::to_string(cost);
  return Bcrypt{"$" + std::string(variant) + "$" + digits + "$" + std::string(salt) + std::string(digest)};
}

/// `$2b$12$` and 53 digits.
Result<Bcrypt> read_plain_bcrypt(std::string_view stored) {
  HashReader reader(stored);
  reader.literal("$");
  const auto variant = reader.field();
  reader.require(variant == "2a" || variant == "2b" || variant == "2y");
  (void)reader.maybe("0");
  const auto cost = reader.number();
  reader.literal("$");
  const auto salt = reader.take(kBcryptSalt);
  const auto digest = reader.rest();
  auto bcrypt = checked_bcrypt(reader, variant, cost, salt, digest);
  if (bcrypt && bcrypt->setting != stored) return malformed_hash("bcrypt");
  return bcrypt;
}

std::string base64_padded(std::span<const std::byte> bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminator
  return text;
}

crypto::Sha256 keyed_sha256(std::string_view key, std::string_view message) {
  crypto::Sha256 out;
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(),
           reinterpret_cast<unsigned char*>(out.data()), &size) == nullptr) {
    throw std::runtime_error("HMAC failed");
  }
  return out;
}

/// Whether 128 × N × r, what scrypt and yescrypt fill, is beyond the cap.
bool is_heavy(std::uint64_t log2_n, std::uint64_t r) {
  constexpr std::uint64_t kMostLog2 = 21;  // alone, or as r, it is the cap: no product of the two overflows
  static_assert(std::uint64_t{128} << kMostLog2 == legacy_caps::kMemoryBytes);
  return log2_n > kMostLog2 || r > std::uint64_t{1} << kMostLog2 || (128 * r) << log2_n > legacy_caps::kMemoryBytes;
}

/// The value of a digit that is known to be one.
std::uint64_t value_of(char digit) {
  return static_cast<std::uint64_t>(std::max(0, crypt_base64_value(digit)));
}

/// crypt(3)'s digits, the least first.
std::uint64_t little_endian(std::string_view digits) {
  std::uint64_t value = 0;
  for (std::size_t i = digits.size(); i > 0; --i) {
    value = value << 6 | value_of(digits[i - 1]);
  }
  return value;
}

}  // namespace

Result<LegacyVerifier> read_bcrypt(std::string_view stored) {
  constexpr std::string_view kDjango = "bcrypt$";
  if (stored.starts_with(kDjango)) stored.remove_prefix(kDjango.size());
  auto bcrypt = read_plain_bcrypt(stored);
  if (!bcrypt) return bcrypt.error();
  return LegacyVerifier(*std::move(bcrypt));
}

Result<LegacyVerifier> read_django_bcrypt_sha256(std::string_view stored) {
  stored.remove_prefix(std::string_view("bcrypt_sha256$").size());
  auto bcrypt = read_plain_bcrypt(stored);
  if (!bcrypt) return bcrypt.error();
  return LegacyVerifier([bcrypt = *std::move(bcrypt)](std::string_view password) {
    return bcrypt(crypto::hex_encode(crypto::sha256(crypto::as_bytes(password))));
  });
}

Result<LegacyVerifier> read_passlib_bcrypt_sha256(std::string_view stored) {
  HashReader reader(stored);
  reader.literal("$bcrypt-sha256$");
  const bool keyed = reader.maybe("v=2,t=");
  const auto variant = reader.take(2);
  reader.require(variant == "2b" || (variant == "2a" && !keyed));
  reader.literal(keyed ? ",r=" : ",");
  const auto cost = reader.number();
  reader.literal("$");
  const std::string salt(reader.field());
  const auto digest = reader.rest();
  auto bcrypt = checked_bcrypt(reader, variant, cost, salt, digest);
  if (!bcrypt) return bcrypt.error();
  return LegacyVerifier([bcrypt = *std::move(bcrypt), salt, keyed](std::string_view password) {
    return bcrypt(base64_padded(keyed ? keyed_sha256(salt, password) : crypto::sha256(crypto::as_bytes(password))));
  });
}

Result<LegacyVerifier> read_sha_crypt(std::string_view stored) {
  HashReader reader(stored);
  const std::size_t digest_size = stored.starts_with("$5$") ? 43 : 86;
  (void)reader.take(3);
  std::uint32_t rounds = 5000;
  if (reader.maybe("rounds=")) {
    rounds = reader.number();
    reader.require(rounds >= 1000);
    reader.literal("$");
  }
  const auto salt = reader.field();
  const auto digest = reader.rest();
  reader.require(salt.size() <= 16 && is_crypt_base64(salt) && digest.size() == digest_size && is_crypt_base64(digest));
  if (!reader.done()) return malformed_hash("SHA-crypt");
  if (rounds > legacy_caps::kShaCryptRounds) return costly_hash("SHA-crypt");
  return by_crypt(stored);
}

Result<LegacyVerifier> read_yescrypt(std::string_view stored) {
  HashReader reader(stored);
  reader.literal("$y$j");
  const auto parameters = reader.field();
  const auto salt = reader.field();
  const auto digest = reader.rest();
  reader.require(parameters.size() == 2 && is_crypt_base64(parameters) && is_crypt_base64(salt) &&
                 digest.size() == 43 && is_crypt_base64(digest));
  if (!reader.done()) return malformed_hash("yescrypt");
  // Numbers below 48 take one digit, and neither N's logarithm nor r is 0: the digit stands for one more.
  const auto log2_n = value_of(parameters[0]) + 1;
  const auto r = value_of(parameters[1]) + 1;
  if (is_heavy(log2_n, r)) return costly_hash("yescrypt");
  return by_crypt(stored);
}

Result<LegacyVerifier> read_scrypt_crypt(std::string_view stored) {
  constexpr std::size_t kParameters = 11;  // N's logarithm in one digit, r and p in five each
  HashReader reader(stored);
  reader.literal("$7$");
  const auto parameters = reader.take(kParameters);
  const auto salt = reader.field();
  const auto digest = reader.rest();
  reader.require(is_crypt_base64(parameters) && is_crypt_base64(salt) && digest.size() == 43 &&
                 is_crypt_base64(digest));
  if (!reader.done()) return malformed_hash("scrypt");
  const auto log2_n = value_of(parameters[0]);
  const auto r = little_endian(parameters.substr(1, 5));
  const auto p = little_endian(parameters.substr(6, 5));
  if (is_heavy(log2_n, r) || p > 64 || ((128 * r * p) << log2_n) > legacy_caps::kScryptBytes) {
    return costly_hash("scrypt");
  }
  return by_crypt(stored);
}

}  // namespace secureauth::passwords
