#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

/// A set of texts as 64-bit fingerprints under open addressing: eight bytes a slot, looked up in O(1). A text that is
/// not in it passes for one that is with a chance of n / 2^64. The build makes one, so this needs no library.
namespace secureauth::passwords {

/// FNV-1a with the finishing rounds of MurmurHash3. Nobody gains by a collision: it only refuses a password. Never 0,
/// which marks an empty slot.
[[nodiscard]] constexpr std::uint64_t fingerprint(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccdU;
  hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53U;
  hash ^= hash >> 33U;
  return hash != 0 ? hash : 1;
}

/// Looks up in slots that live elsewhere: the binary's read-only data, or a vector.
class FingerprintTable {
 public:
  FingerprintTable() = default;
  /// `slots` is empty or as make_slots() made it.
  explicit constexpr FingerprintTable(std::span<const std::uint64_t> slots) : slots_(slots) {}

  [[nodiscard]] constexpr bool contains(std::string_view text) const {
    if (slots_.empty()) return false;
    const auto wanted = fingerprint(text);
    const auto mask = slots_.size() - 1;
    for (std::size_t i = wanted & mask; slots_[i] != 0; i = (i + 1) & mask) {
      if (slots_[i] == wanted) return true;
    }
    return false;
  }
  [[nodiscard]] constexpr std::size_t bytes() const { return slots_.size_bytes(); }

 private:
  std::span<const std::uint64_t> slots_;
};

/// A power of two of slots, at most two thirds of them taken; empty for no fingerprints.
[[nodiscard]] inline std::vector<std::uint64_t> make_slots(std::span<const std::uint64_t> fingerprints) {
  if (fingerprints.empty()) return {};
  std::vector<std::uint64_t> slots(std::bit_ceil(fingerprints.size() + fingerprints.size() / 2 + 1));
  const auto mask = slots.size() - 1;
  for (const auto wanted : fingerprints) {
    std::size_t i = wanted & mask;
    while (slots[i] != 0 && slots[i] != wanted) i = (i + 1) & mask;
    slots[i] = wanted;
  }
  return slots;
}

}  // namespace secureauth::passwords
