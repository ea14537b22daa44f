#include "protection/end_time.hpp"

#include <chrono>
#include <cstdint>
#include <ranges>

namespace secureauth::protection {
namespace {

std::int64_t seconds_of(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

void write_end(std::span<std::byte, kEndBytes> bytes, Timestamp end) {
  auto rest = static_cast<std::uint64_t>(seconds_of(end));
  for (auto& byte : std::views::reverse(bytes)) {
    byte = static_cast<std::byte>(rest & 0xFFU);
    rest >>= 8U;
  }
}

bool has_ended(std::span<const std::byte, kEndBytes> bytes, Timestamp now) {
  std::uint64_t seconds = 0;
  for (const auto byte : bytes) seconds = seconds << 8U | std::to_integer<std::uint64_t>(byte);
  return static_cast<std::int64_t>(seconds) <= seconds_of(now);
}

}  // namespace secureauth::protection
