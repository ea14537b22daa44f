#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace secureauth::ephemeral::redis {

/// A Lua script that touches one key, KEYS[1], and so runs on a cluster too. The server keeps it and is asked by its
/// digest; where it forgot the script, it is sent again. Constant text with static storage: values travel as ARGV.
class Script {
 public:
  explicit Script(std::string_view source) : source_(source) {}
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  [[nodiscard]] std::string_view source() const { return source_; }
  /// Which script this is, in this process.
  [[nodiscard]] std::uint64_t id() const { return id_; }

 private:
  static inline std::atomic<std::uint64_t> next_id{0};
  std::string_view source_;
  std::uint64_t id_ = next_id++;
};

}  // namespace secureauth::ephemeral::redis
