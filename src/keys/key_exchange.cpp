#include "keys/key_exchange.hpp"

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace secureauth::keys {
namespace {

crypto::KeyGenerations in_force(const crypto::RotatingKey& key) {
  const crypto::Derived<crypto::KeyGenerations> copy(key,
                                                     [](const crypto::KeyGenerations& all) { return all.clone(); });
  return copy.get()->clone();
}

}  // namespace

void exchange_keys(std::vector<KeyExchange> all) {
  std::vector<KeyExchange> former;
  for (const auto& [purpose, key, generations] : all) former.push_back({purpose, key, in_force(*key)});
  std::size_t done = 0;
  try {
    for (; done < all.size(); ++done) all[done].key->replace(std::move(all[done].generations));
  } catch (const std::exception& error) {
    const auto failed = done;
    while (done-- > 0) former[done].key->replace(std::move(former[done].generations));
    throw std::runtime_error("the key for " + std::string(all[failed].purpose) +
                             " cannot be put in force: " + error.what());
  }
}

}  // namespace secureauth::keys
