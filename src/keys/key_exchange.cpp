#include "keys/key_exchange.hpp"

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace secureauth::keys {

void exchange_keys(std::vector<KeyExchange> all) {
  std::vector<crypto::RotatingKey::Replacement> prepared;
  for (auto& [purpose, key, generations] : all) {
    try {
      prepared.push_back(key->prepare(std::move(generations)));
    } catch (const std::exception& error) {
      throw std::runtime_error("the key for " + std::string(purpose) + " cannot be put in force: " + error.what());
    }
  }
  for (auto& one : prepared) one.commit();
}

}  // namespace secureauth::keys
