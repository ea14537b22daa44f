#include "passwords/argon2.hpp"

#include <argon2.h>
#include <sodium.h>

#include <array>
#include <new>
#include <stdexcept>
#include <string>

namespace secureauth::passwords {
namespace {

/// libsodium's declarations allow no null pointer, not even to nothing.
std::string_view never_null(const crypto::SecretBytes& password) {
  return password.empty() ? std::string_view("") : password.reveal();
}

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kTagBytes = 32;
constexpr Argon2Cost kMostCost{.memory_kib = 1024 * 1024, .time = 64, .parallelism = 16};
constexpr std::uint64_t kMostWork = std::uint64_t{8} * 1024 * 1024;  // KiB: 8 GiB

Argon2Phc fresh(Argon2Cost cost, crypto::Random& random) {
  Argon2Phc hash{.type = "argon2id", .version = 19, .cost = cost, .key_id = {}, .salt = {}, .tag = {}};
  hash.salt.resize(kSaltBytes);
  hash.tag.resize(kTagBytes);
  random.fill(hash.salt);
  return hash;
}

void fill_with_libargon2(Argon2Phc& hash, std::string_view password) {
  const auto& cost = hash.cost;
  const int status = argon2id_hash_raw(cost.time, cost.memory_kib, cost.parallelism, password.data(), password.size(),
                                       hash.salt.data(), hash.salt.size(), hash.tag.data(), hash.tag.size());
  if (status == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  if (status != ARGON2_OK) throw std::runtime_error(argon2_error_message(status));
}

argon2_type type_of(const Argon2Phc& hash) {
  if (hash.type == "argon2id") return Argon2_id;
  return hash.type == "argon2i" ? Argon2_i : Argon2_d;
}

}  // namespace

bool is_bearable(Argon2Cost cost) {
  return cost.memory_kib <= kMostCost.memory_kib && cost.time <= kMostCost.time &&
         cost.parallelism <= kMostCost.parallelism && argon2_work(cost) <= kMostWork;
}

Argon2Phc argon2_hash(const crypto::SecretBytes& password, Argon2Cost cost, crypto::Random& random) {
  const auto text = never_null(password);
  auto hash = fresh(cost, random);
  if (cost.parallelism != 1) {
    fill_with_libargon2(hash, text);
    return hash;
  }
  static_assert(kSaltBytes == crypto_pwhash_SALTBYTES);
  const auto status = crypto_pwhash(reinterpret_cast<unsigned char*>(hash.tag.data()), hash.tag.size(), text.data(),
                                    text.size(), reinterpret_cast<const unsigned char*>(hash.salt.data()), cost.time,
                                    std::size_t{cost.memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13);
  if (status != 0) throw std::bad_alloc();  // the one failure libsodium documents
  return hash;
}

bool argon2_verify(const crypto::SecretBytes& password, const Argon2Phc& hash) {
  if (!is_bearable(hash.cost)) return false;
  const auto text = never_null(password);
  const auto phc = hash.without_key_id();
  const bool sodium_reads_it = hash.type == "argon2id" && hash.version == 19 && phc.size() < crypto_pwhash_STRBYTES;
  if (sodium_reads_it) return crypto_pwhash_str_verify(phc.c_str(), text.data(), text.size()) == 0;
  const int status = ::argon2_verify(phc.c_str(), text.data(), text.size(), type_of(hash));
  if (status == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  return status == ARGON2_OK;
}

Argon2Phc argon2_decoy(Argon2Cost cost, crypto::Random& random) {
  auto decoy = fresh(cost, random);
  random.fill(decoy.tag);
  return decoy;
}

}  // namespace secureauth::passwords
