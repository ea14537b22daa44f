#pragma once

#include "core/clock.hpp"
#include "crypto/random.hpp"

#include <string>
#include <string_view>

namespace secureauth::crypto {

/// No UUIDv7 sorts before the one, or behind the other: the ends of a list that is paged by id.
inline constexpr std::string_view kBeforeAll = "00000000-0000-0000-0000-000000000000";
inline constexpr std::string_view kBehindAll = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, 74 random bits; canonical lower-case text.
[[nodiscard]] std::string uuid_v7(Random& random, Timestamp now);

/// Whether `text` is a UUID in canonical lower-case form, any version.
[[nodiscard]] bool is_uuid(std::string_view text);

}  // namespace secureauth::crypto
