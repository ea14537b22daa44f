#include "passwords/pepper.hpp"

#include "crypto/digest.hpp"
#include "passwords/phc.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

namespace secureauth::passwords {
namespace {

constexpr std::size_t kIdBytes = 6;

}  // namespace

Pepper::Pepper(const crypto::SecretBytes& current, const std::vector<crypto::SecretBytes>& old) {
  if (!current.empty()) {
    add(current);
    current_id_ = keys_.front().id;
  }
  for (const auto& key : old) add(key);
}

Pepper::Pepper(const crypto::KeyGenerations& generations) : Pepper(generations.current, generations.old) {
  if (!generations.next.empty()) add(generations.next);
}

std::string Pepper::id_of(const crypto::SecretBytes& key) {
  const auto derived = crypto::derive_key(key, "password pepper id");
  return phc_base64(derived.bytes().first(kIdBytes));
}

std::string Pepper::pattern_of(const crypto::SecretBytes& key) {
  return "%,keyid=" + id_of(key) + "$%";  // base64 has none of LIKE's own characters
}

void Pepper::add(const crypto::SecretBytes& key) {
  keys_.push_back({id_of(key), key.clone()});
}

bool Pepper::knows(std::string_view key_id) const {
  return key_id.empty() || find(key_id) != nullptr;
}

crypto::SecretBytes Pepper::mixed(const Password& password, std::string_view key_id) const {
  if (key_id.empty()) return password.bytes().clone();
  const auto* key = find(key_id);
  if (key == nullptr) throw std::logic_error("a pepper that is not there");
  auto digest = crypto::hmac_sha256(key->secret, {password.bytes().reveal()});
  crypto::SecretBytes mixed(digest);
  sodium_memzero(digest.data(), digest.size());
  return mixed;
}

const Pepper::Key* Pepper::find(std::string_view id) const {
  const auto found = std::ranges::find(keys_, id, &Key::id);
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace secureauth::passwords
