#include "passwords/argon2.hpp"

#include <argon2.h>
#include <sodium.h>

#include <array>
#include <charconv>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace secureauth::passwords {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kTagBytes = 32;
constexpr Argon2Cost kMostCost{.memory_kib = 1024 * 1024, .time = 64, .parallelism = 16};

/// Reads `name` and a number from the front of `text`, and takes them off it.
std::optional<unsigned> take_number(std::string_view& text, std::string_view name) {
  if (!text.starts_with(name)) return std::nullopt;
  text.remove_prefix(name.size());
  unsigned value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<Argon2Cost> cost_of(std::string_view phc) {
  constexpr std::string_view kPrefix = "$argon2id$v=19$";
  if (!phc.starts_with(kPrefix)) return std::nullopt;
  phc.remove_prefix(kPrefix.size());
  const auto memory = take_number(phc, "m=");
  const auto time = memory ? take_number(phc, ",t=") : std::nullopt;
  const auto parallelism = time ? take_number(phc, ",p=") : std::nullopt;
  if (!parallelism) return std::nullopt;
  return Argon2Cost{.memory_kib = *memory, .time = *time, .parallelism = *parallelism};
}

std::string base64_unpadded(std::span<const std::byte> bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  text.pop_back();  // the terminator
  return text;
}

std::string hash_with_libargon2(std::string_view password, Argon2Cost cost, crypto::Random& random) {
  std::array<std::byte, kSaltBytes> salt{};
  random.fill(salt);
  std::string phc(argon2_encodedlen(cost.time, cost.memory_kib, cost.parallelism, kSaltBytes, kTagBytes, Argon2_id),
                  '\0');
  const int status =
      argon2id_hash_encoded(cost.time, cost.memory_kib, cost.parallelism, password.data(), password.size(), salt.data(),
                            salt.size(), kTagBytes, phc.data(), phc.size());
  if (status == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  if (status != ARGON2_OK) throw std::runtime_error(argon2_error_message(status));
  phc.resize(phc.find('\0'));
  return phc;
}

}  // namespace

std::string argon2_hash(const crypto::SecretBytes& password, Argon2Cost cost, crypto::Random& random) {
  const auto text = password.reveal();
  if (cost.parallelism != 1) return hash_with_libargon2(text, cost, random);
  std::array<char, crypto_pwhash_STRBYTES> phc{};
  const auto memory_bytes = std::size_t{cost.memory_kib} * 1024;
  if (crypto_pwhash_str_alg(phc.data(), text.data(), text.size(), cost.time, memory_bytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::bad_alloc();  // the one failure libsodium documents
  }
  return phc.data();
}

bool argon2_verify(const crypto::SecretBytes& password, const std::string& phc) {
  const auto cost = cost_of(phc);
  const bool bearable = cost && cost->memory_kib <= kMostCost.memory_kib && cost->time <= kMostCost.time &&
                        cost->parallelism <= kMostCost.parallelism && phc.size() < crypto_pwhash_STRBYTES;
  if (!bearable) return false;
  const auto text = password.reveal();
  return crypto_pwhash_str_verify(phc.c_str(), text.data(), text.size()) == 0;
}

std::string argon2_decoy(Argon2Cost cost, crypto::Random& random) {
  std::array<std::byte, kSaltBytes> salt{};
  std::array<std::byte, kTagBytes> tag{};
  random.fill(salt);
  random.fill(tag);
  return "$argon2id$v=19$m=" + std::to_string(cost.memory_kib) + ",t=" + std::to_string(cost.time) +
         ",p=" + std::to_string(cost.parallelism) + "$" + base64_unpadded(salt) + "$" + base64_unpadded(tag);
}

}  // namespace secureauth::passwords
