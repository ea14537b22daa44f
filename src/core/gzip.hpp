#pragma once

#include <string>
#include <string_view>

namespace secureauth {

/// `content` as a gzip file (RFC 1952), as small as it gets; equal contents give equal bytes. For what is made once at
/// start: files are compressed by the build. Throws std::runtime_error without memory.
[[nodiscard]] std::string gzip(std::string_view content);

}  // namespace secureauth
