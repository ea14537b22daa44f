#pragma once

#include "ephemeral/redis/reply.hpp"
#include "ephemeral/redis/url.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::ephemeral::redis {

using Slot = std::uint16_t;
constexpr std::size_t kSlots = 16384;

/// CRC-16/XMODEM: "123456789" gives 0x31C3.
[[nodiscard]] std::uint16_t crc16(std::string_view text);

/// Of a key, or of what stands in its first pair of braces, if that is anything.
/// Source: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/, "Hash tags".
[[nodiscard]] Slot slot_of(std::string_view key);

/// Which master holds which slot.
class SlotMap {
 public:
  SlotMap() : owner_of_(kSlots, 0) {}

  /// Reads the answer to CLUSTER SLOTS. `asked_host` stands for a node that does not know its own name.
  /// Throws RedisUnavailable when it is none, names a slot twice, or has more than a hundred masters.
  static SlotMap from(const Reply& reply, const std::string& asked_host);

  /// Null where nobody is known.
  [[nodiscard]] const Endpoint* owner(Slot slot) const;
  void set(std::size_t first, std::size_t last, const Endpoint& owner);
  [[nodiscard]] const std::vector<Endpoint>& owners() const { return owners_; }

 private:
  std::vector<Endpoint> owners_;
  std::vector<std::uint16_t> owner_of_;  ///< index in owners_ + 1; 0: nobody
};

/// Where an error tells to ask instead.
struct Redirection {
  bool once = false;  ///< ASK: this command only, after ASKING; else MOVED: from now on
  Slot slot = 0;
  Endpoint endpoint;
};

/// Reads MOVED and ASK; nothing of any other reply. `asked_host` stands for an empty host.
[[nodiscard]] std::optional<Redirection> redirection(const Reply& reply, const std::string& asked_host);

}  // namespace secureauth::ephemeral::redis
