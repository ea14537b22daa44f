#pragma once

#include "settings/setting_values.hpp"
#include "settings/settings_table.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// The kinds of SettingRow::apply that many rows share: each reads a text into one member of Config, or throws
/// BadValue.
namespace secureauth::settings {

using Apply = std::function<void(Config&, const std::string&)>;

inline constexpr std::uint64_t kDay = 86400;  ///< seconds

inline Apply seconds(std::chrono::seconds Config::* member, std::uint64_t least, std::uint64_t most) {
  return [=](Config& c, const std::string& text) { c.*member = std::chrono::seconds(read_number(text, least, most)); };
}

inline Apply milliseconds(std::chrono::milliseconds Config::* member, std::uint64_t least, std::uint64_t most) {
  return [=](Config& c, const std::string& text) {
    c.*member = std::chrono::milliseconds(read_number(text, least, most));
  };
}

template <class T>
Apply number(T Config::* member, std::uint64_t least, std::uint64_t most) {
  return [=](Config& c, const std::string& text) { c.*member = static_cast<T>(read_number(text, least, most)); };
}

/// 0 stands for one a core.
inline Apply threads(unsigned Config::* member) {
  return [=](Config& c, const std::string& text) {
    const auto asked = static_cast<unsigned>(read_number(text, 0, 256));
    c.*member = asked != 0 ? asked : std::max(1U, std::thread::hardware_concurrency());
  };
}

inline Apply toggle(bool Config::* member) {
  return [=](Config& c, const std::string& text) { c.*member = read_switch(text); };
}

template <class T>
Apply choice(T Config::* member, std::vector<std::pair<std::string_view, T>> words) {
  return [member, words = std::move(words)](Config& c, const std::string& text) {
    std::string known;
    for (const auto& [word, value] : words) {
      if (word == text) {
        c.*member = value;
        return;
      }
      known += known.empty() ? std::string(word) : ", " + std::string(word);
    }
    throw BadValue("must be one of " + known);
  };
}

inline std::vector<crypto::SecretBytes> read_keys(const std::string& text) {
  std::vector<crypto::SecretBytes> keys;
  for (const auto& item : read_list(text)) keys.push_back(read_key(item));
  return keys;
}

inline Apply current_key(crypto::KeyGenerations Config::* member) {
  return [=](Config& c, const std::string& text) { (c.*member).current = read_key(text); };
}

inline Apply next_key(crypto::KeyGenerations Config::* member) {
  return [=](Config& c, const std::string& text) { (c.*member).next = read_key(text); };
}

inline Apply old_keys(crypto::KeyGenerations Config::* member) {
  return [=](Config& c, const std::string& text) { (c.*member).old = read_keys(text); };
}

}  // namespace secureauth::settings
