#pragma once

#include "crypto/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

// For unit tests only: CBOR as authenticators write it, or as they should not.
namespace secureauth::webauthn {

using Bytes = std::vector<std::byte>;

inline void append(Bytes& bytes, std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

/// CBOR in shortest form, written by hand so that the reader does not judge itself.
namespace written {

inline Bytes head(unsigned major, std::uint64_t argument) {
  if (argument < 24) return {std::byte(major << 5U | argument)};
  const unsigned log = argument < 0x100 ? 0 : argument < 0x10000 ? 1 : argument < 0x100000000 ? 2 : 3;
  Bytes bytes{std::byte(major << 5U | (24 + log))};
  for (unsigned left = 1U << log; left > 0; --left) bytes.push_back(std::byte(argument >> (8 * (left - 1)) & 0xffU));
  return bytes;
}
inline Bytes integer(std::int64_t number) {
  return number < 0 ? head(1, static_cast<std::uint64_t>(-1 - number)) : head(0, static_cast<std::uint64_t>(number));
}
inline Bytes bytes(std::span<const std::byte> content) {
  auto all = head(2, content.size());
  append(all, content);
  return all;
}
inline Bytes text(std::string_view content) {
  auto all = head(3, content.size());
  append(all, crypto::as_bytes(content));
  return all;
}
inline Bytes array(const std::vector<Bytes>& items) {
  auto all = head(4, items.size());
  for (const auto& item : items) append(all, item);
  return all;
}
/// In this order, be it canonical or not.
inline Bytes map(const std::vector<std::pair<Bytes, Bytes>>& members) {
  auto all = head(5, members.size());
  for (const auto& [key, value] : members) {
    append(all, key);
    append(all, value);
  }
  return all;
}

/// In the order of the keys' bytes, which is canonical.
inline Bytes sorted_map(const std::map<Bytes, Bytes>& members) {
  return map({members.begin(), members.end()});
}

}  // namespace written

}  // namespace secureauth::webauthn
