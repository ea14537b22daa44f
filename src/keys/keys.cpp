#include "keys/keys.hpp"

#include <algorithm>

namespace secureauth::keys {

Keys::Keys(const settings::Config& config) : of_settings_(all_of(config)) {}

Keys::OfSettings Keys::all_of(const settings::Config& config) {
  OfSettings all;
  for (const auto& purpose : settings::key_purposes()) {
    all.emplace_back(purpose.keys, crypto::RotatingKey((config.*purpose.keys).clone()));
  }
  return all;
}

const crypto::RotatingKey& Keys::of(Setting setting) const {
  return std::ranges::find(of_settings_, setting, &OfSettings::value_type::first)->second;
}

}  // namespace secureauth::keys
