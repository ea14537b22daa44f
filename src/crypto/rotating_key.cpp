#include "crypto/rotating_key.hpp"

#include "crypto/encoding.hpp"

#include <algorithm>

namespace secureauth::crypto {
namespace {

constexpr std::size_t kIdBytes = 6;

KeyGenerations staying(const SecretBytes& key) {
  KeyGenerations generations;
  generations.current = key.clone();
  return generations;
}

std::vector<SecretBytes> only(SecretBytes key) {
  std::vector<SecretBytes> keys;
  keys.push_back(std::move(key));
  return keys;
}

/// Also from an empty master, where the settings name none: such a key is never asked for what matters.
std::vector<SecretBytes> derive(const KeyGenerations& generations, const std::string& label) {
  std::vector<SecretBytes> keys;
  keys.push_back(derive_key(generations.current, label));
  if (!generations.next.empty()) keys.push_back(derive_key(generations.next, label));
  for (const auto& old : generations.old) keys.push_back(derive_key(old, label));
  return keys;
}

}  // namespace

KeyGenerations KeyGenerations::clone() const {
  KeyGenerations copy;
  copy.current = current.clone();
  copy.next = next.clone();
  for (const auto& key : old) copy.old.push_back(key.clone());
  return copy;
}

std::vector<const SecretBytes*> KeyGenerations::all() const {
  std::vector<const SecretBytes*> keys;
  if (!current.empty()) keys.push_back(&current);
  if (!next.empty()) keys.push_back(&next);
  for (const auto& key : old) keys.push_back(&key);
  return keys;
}

std::string key_id_of(const SecretBytes& key) {
  const auto id = derive_key(key, "secureauth/key-ring/v1/id");
  return hex_encode(id.bytes().first(kIdBytes));
}

RotatingKey::RotatingKey(const SecretBytes& current) : RotatingKey(staying(current)) {}

RotatingKey::RotatingKey(KeyGenerations generations) : state_(std::make_shared<State>()) {
  state_->generations = std::move(generations);
}

RotatingKey RotatingKey::to_come() {
  return RotatingKey(std::make_shared<State>());
}

RotatingKey::Replacement::Replacement(std::shared_ptr<State> state) : state_(std::move(state)), lock_(state_->mutex) {}

void RotatingKey::Replacement::commit() noexcept {
  for (const auto& commit : commits_) commit();
  state_->generations.swap(generations_);
  lock_.unlock();
}

RotatingKey::Replacement RotatingKey::prepare(KeyGenerations generations) const {
  Replacement prepared(state_);
  std::erase_if(state_->followers, [](const auto& follower) { return follower.expired(); });
  for (const auto& weak : state_->followers) {
    auto follower = weak.lock();
    if (!follower) continue;
    prepared.commits_.push_back(follower->prepare(generations));
    prepared.followers_.push_back(std::move(follower));
  }
  prepared.generations_ = std::move(generations);
  return prepared;
}

RotatingKey::Ids RotatingKey::ids() const {
  const std::scoped_lock lock(state_->mutex);
  if (!state_->generations) throw std::logic_error("a key is asked for before it is there");
  const auto& [current, next, old] = *state_->generations;
  Ids ids;
  if (!current.empty()) ids.current = key_id_of(current);
  if (!next.empty()) ids.next = key_id_of(next);
  for (const auto& key : old) ids.old.push_back(key_id_of(key));
  return ids;
}

void RotatingKey::add(const std::shared_ptr<Follower>& follower) const {
  const std::scoped_lock lock(state_->mutex);
  if (state_->generations) {
    const auto put_in_force = follower->prepare(*state_->generations);
    put_in_force();
  }
  state_->followers.push_back(follower);
}

DerivedKeys::DerivedKeys(const RotatingKey& master, std::string label)
    : keys_(master, [label = std::move(label)](const KeyGenerations& all) { return derive(all, label); }) {}

DerivedKeys::DerivedKeys(SecretBytes key) : keys_(only(std::move(key))) {}

Sha256 DerivedKeys::sign(std::initializer_list<std::string_view> parts) const {
  return hmac_sha256(keys_.get()->front(), parts);
}

bool DerivedKeys::accept(std::string_view mac, std::initializer_list<std::string_view> parts) const {
  bool accepted = false;
  const auto keys = keys_.get();
  for (const auto& key : *keys) {
    const bool fits = equal(mac, base64url_encode(hmac_sha256(key, parts)));
    accepted = accepted || fits;
  }
  return accepted;
}

}  // namespace secureauth::crypto
