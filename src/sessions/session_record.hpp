#pragma once

#include "sessions/session.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace secureauth::sessions {

/// A session as it stands in the shared cache: one JSON object, `"v": 1`, times in microseconds since the epoch. A new
/// meaning of a member takes a new version; an instance that does not know a version reads the record store instead,
/// so old and new ones run side by side.
struct SessionRecord {
  Session session;
  Timestamp read_at;  ///< when the record store was asked: not later than its answer
};

[[nodiscard]] std::string encode(const SessionRecord& record);

/// Nothing for any other text.
[[nodiscard]] std::optional<SessionRecord> decode_record(std::string_view text, const TokenHash& hash);

}  // namespace secureauth::sessions
