#pragma once

#include "audit/entry.hpp"
#include "db/database.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace secureauth::audit {

/// An id as its 16 bytes, as it stands in `audit_heads.leaves`; they sort as ids do in both databases.
using IdBytes = std::array<std::byte, 16>;
/// Of canonical text; nothing for what is no UUID.
[[nodiscard]] std::optional<IdBytes> id_bytes(std::string_view text);
[[nodiscard]] std::string id_text(const IdBytes& id);

/// An entry as a statement answered with it: id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent,
/// request_id, details, mac, from column `first` on. Points into the row.
struct EntryRow {
  EntryText text;
  std::span<const std::byte> mac;  ///< empty: none
};
[[nodiscard]] EntryRow read_entry(const db::Row& row, std::size_t first);

}  // namespace secureauth::audit
