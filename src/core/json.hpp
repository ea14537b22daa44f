#pragma once

#include "core/error.hpp"

#include <boost/json.hpp>

#include <string_view>

namespace secureauth {

/// Parses what came from outside, strictly (RFC 8259, and I-JSON where it is stricter). Fails with invalid_json on
/// duplicate keys, trailing bytes, invalid UTF-8, lone surrogates, a byte order mark, numbers beyond a double, and
/// depth over 16.
/// The value's memory is wiped when it is freed: bodies of requests carry passwords.
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view text);

}  // namespace secureauth
