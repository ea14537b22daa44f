#pragma once

#include <array>
#include <string_view>

namespace secureauth::ephemeral::redis {

/// A Lua script that touches one key, KEYS[1], and so runs on a cluster too. Constant text with static storage: values
/// travel as ARGV.
class Script {
 public:
  explicit Script(std::string_view source);
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  [[nodiscard]] std::string_view source() const { return source_; }
  /// What servers that have run the script know it by: its SHA-1, in hexadecimal digits. Reckoned here, so that no
  /// server chooses what another runs.
  [[nodiscard]] std::string_view digest() const { return {digest_.data(), digest_.size()}; }

 private:
  std::string_view source_;
  std::array<char, 40> digest_{};
};

}  // namespace secureauth::ephemeral::redis
