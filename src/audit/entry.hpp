#pragma once

#include "crypto/digest.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace secureauth::audit {

/// One audit entry as the record store holds it, seen from outside: what is authenticated. Times are RFC 3339 with
/// microseconds, ids UUID text, `details` the text of a JSON object, byte for byte.
struct EntryText {
  std::string_view id;
  std::string_view at;
  std::string_view event;
  std::string_view outcome;
  std::optional<std::string_view> actor;
  std::optional<std::string_view> subject;
  std::optional<std::string_view> session;
  std::string_view ip;
  std::string_view user_agent;
  std::string_view request_id;
  std::string_view details;
};

/// Appends the one encoding of an entry: a label, then each field in the order above as its length (4 bytes,
/// big-endian; ffffffff: absent) and its bytes. No two entries share one.
void append_canonical(std::string& out, const EntryText& entry);

/// The entry's leaf in the tree: SHA-256 of 0x00, its encoding and its MAC (empty where it has none); RFC 9162 §2.1.1.
[[nodiscard]] crypto::Sha256 leaf_hash(std::string_view canonical, std::span<const std::byte> mac);

}  // namespace secureauth::audit
